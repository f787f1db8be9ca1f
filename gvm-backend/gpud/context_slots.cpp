// The files and their locks.
#include "gpud/context_slots.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/setup_error.h"
#include "transport/local/socket_address.h"

namespace vgpu::gpud {

namespace {

// A socket's path may have 107 octets, and a directory's more: this names it by a descriptor.
class SocketPlace {
  public:
    SocketPlace(const std::string& directory, std::uint32_t index)
        : directory_(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
          name_(std::to_string(index) + ".line"),
          address_(transport::socket_address("/proc/self/fd/" + std::to_string(directory_.get()) +
                                             "/" + name_)) {}
    void clear() const { ::unlinkat(directory_.get(), name_.c_str(), 0); }
    const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&address_); }

  private:
    const UniqueFd directory_;
    const std::string name_;
    const sockaddr_un address_;
};

// So many supervisors may come and die before a worker has looked.
constexpr int kBacklog = 8;

UniqueFd make_socket() {
    return UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

}  // namespace

ContextSlots::ContextSlots(std::string directory) : directory_(std::move(directory)) {
    if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) {
        throw SetupError(
            "The directory " + directory_ + " cannot be made: " + std::strerror(errno) + ".",
            "Choose a --socket in a directory that gvm-gpud may write.");
    }
}

std::string ContextSlots::path(std::uint32_t index) const {
    return directory_ + "/" + std::to_string(index);
}

UniqueFd ContextSlots::try_lock(std::uint32_t index, int flags) const {
    UniqueFd file(::open(path(index).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) file.reset();
    return file;
}

std::optional<ContextSlots::Slot> ContextSlots::take(std::uint32_t max) const {
    for (std::uint32_t index = 0; index < max; ++index) {
        // The worker gets this descriptor, so it must not be able to write.
        if (UniqueFd file = try_lock(index, O_CREAT)) return Slot{index, std::move(file)};
    }
    return std::nullopt;
}

void ContextSlots::note_holder(const Slot& slot, pid_t pid,
                               const std::optional<Owner>& owner) const {
    std::ofstream file(path(slot.index), std::ios::trunc);
    file << pid << '\n';
    if (owner)
        file << "xen " << owner->domid << ' ' << owner->device << ' ' << owner->context << ' '
             << owner->account_line << '\n';
}

UniqueFd ContextSlots::listen(const Slot& slot) const {
    const SocketPlace place(directory_, slot.index);
    place.clear();  // of a worker that is gone
    UniqueFd socket = make_socket();
    if (socket && (::bind(socket.get(), place.address(), sizeof(sockaddr_un)) != 0 ||
                   ::listen(socket.get(), kBacklog) != 0))
        socket.reset();
    return socket;
}

UniqueFd ContextSlots::connect(std::uint32_t index) const {
    const SocketPlace place(directory_, index);
    UniqueFd socket = make_socket();
    if (socket && ::connect(socket.get(), place.address(), sizeof(sockaddr_un)) != 0)
        socket.reset();
    return socket;
}

std::string ContextSlots::account_path(std::uint32_t domid, std::uint32_t device) const {
    return directory_ + "/account-" + std::to_string(domid) + "-" + std::to_string(device);
}

std::vector<ContextSlots::Holder> ContextSlots::holders() const {
    std::vector<Holder> all;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
        const std::string name = entry.path().filename();
        if (name.empty() || name.find_first_not_of("0123456789") != std::string::npos) continue;
        const auto index = static_cast<std::uint32_t>(std::strtoul(name.c_str(), nullptr, 10));
        if (try_lock(index, 0)) continue;
        pid_t pid = 0;
        std::string kind;
        Owner owner;
        std::ifstream file(entry.path());
        file >> pid;
        if (pid <= 0) continue;
        const bool owned =
            file >> kind >> owner.domid >> owner.device >> owner.context >> owner.account_line &&
            kind == "xen";
        all.push_back({index, pid, owned ? std::optional(owner) : std::nullopt});
    }
    return all;
}

}  // namespace vgpu::gpud
