// libxenstore, with owners for what it allocates.
#include "transport/xen/xenstore.h"

extern "C" {  // which the header does not say itself
#include <xenstore.h>
}

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/setup_error.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::transport::xen {

namespace {

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};
template <typename T>
using Allocated = std::unique_ptr<T, Free>;

// Of a path below what may not be read xenstored does not say whether it is there.
bool says_none(int error) {
    return error == ENOENT || error == EACCES;
}

}  // namespace

const char* to_string(BusState state) {
    constexpr const char* kNames[] = {"Unknown",   "Initialising", "InitWait", "Initialised",
                                      "Connected", "Closing",      "Closed"};
    const auto index = static_cast<std::size_t>(state);
    return index < std::size(kNames) ? kNames[index] : "Unknown";
}

BusState parse_state(const std::string& text) {
    const std::uint32_t number = parse_number(text).value_or(0);
    return number <= static_cast<std::uint32_t>(BusState::Closed) ? static_cast<BusState>(number)
                                                                  : BusState::Unknown;
}

std::optional<std::uint32_t> parse_number(const std::string& text) {
    std::uint32_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return number;
}

void Xenstore::Close::operator()(xs_handle* handle) const {
    ::xs_close(handle);
}

Xenstore::Xenstore() : handle_(::xs_open(0)) {
    if (handle_) return;
    throw SetupError(std::string("Xenstore cannot be reached: ") + std::strerror(errno) + ".",
                     "Run this as root in a domain of a Xen host, with the xenfs module loaded "
                     "(/dev/xen/xenbus).");
}

Xenstore::Node Xenstore::look_at(const std::string& path) const {
    unsigned length = 0;
    const Allocated<void> value(::xs_read(handle_.get(), XBT_NULL, path.c_str(), &length));
    if (!value) return {says_none(errno) ? Node::Kind::None : Node::Kind::Failed, {}};
    std::string text(static_cast<const char*>(value.get()),
                     std::min<std::size_t>(length, kMaxNodeBytes + 1));
    for (char& c : text) {
        if (c < ' ' || c > '~') c = '?';
    }
    return {Node::Kind::Value, std::move(text)};
}

std::optional<std::string> Xenstore::read(const std::string& path) const {
    Node node = look_at(path);
    if (node.kind != Node::Kind::Value || node.value.size() > kMaxNodeBytes) return std::nullopt;
    return std::move(node.value);
}

std::optional<std::uint32_t> Xenstore::read_number(const std::string& path) const {
    const std::optional<std::string> text = read(path);
    return text ? parse_number(*text) : std::nullopt;
}

BusState Xenstore::read_state(const std::string& path) const {
    return parse_state(read(path).value_or(""));
}

std::optional<std::vector<std::string>> Xenstore::try_list(const std::string& path) const {
    unsigned count = 0;
    const Allocated<char*> names(::xs_directory(handle_.get(), XBT_NULL, path.c_str(), &count));
    if (!names && !says_none(errno)) return std::nullopt;
    if (!names) return std::vector<std::string>();
    return std::vector<std::string>(names.get(), names.get() + count);
}

std::vector<std::string> Xenstore::list(const std::string& path) const {
    return try_list(path).value_or(std::vector<std::string>());
}

bool Xenstore::exists(const std::string& path) const {
    unsigned length = 0;
    return Allocated<void>(::xs_read(handle_.get(), XBT_NULL, path.c_str(), &length)) != nullptr;
}

bool Xenstore::write(const std::string& path, const std::string& value) {
    return ::xs_write(handle_.get(), XBT_NULL, path.c_str(), value.data(),
                      static_cast<unsigned>(value.size()));
}

bool Xenstore::write_state(const std::string& path, BusState state) {
    return write(path, std::to_string(static_cast<std::uint32_t>(state)));
}

bool Xenstore::remove(const std::string& path) {
    return ::xs_rm(handle_.get(), XBT_NULL, path.c_str());
}

bool Xenstore::watch(const std::string& path, const std::string& token) {
    return ::xs_watch(handle_.get(), path.c_str(), token.c_str()) || errno == EEXIST;
}

void Xenstore::unwatch(const std::string& path, const std::string& token) {
    ::xs_unwatch(handle_.get(), path.c_str(), token.c_str());
}

int Xenstore::fd() const {
    return ::xs_fileno(handle_.get());
}

std::optional<Xenstore::Event> Xenstore::next_event() {
    const Allocated<char*> event(::xs_check_watch(handle_.get()));
    if (!event) return std::nullopt;
    return Event{event.get()[XS_WATCH_PATH], event.get()[XS_WATCH_TOKEN]};
}

std::string Xenstore::domain_path(std::uint32_t domid) {
    return "/local/domain/" + std::to_string(domid);
}

}  // namespace vgpu::transport::xen
