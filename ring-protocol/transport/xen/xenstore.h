// Xenstore, as the daemons use it: bounded values, watches in an event loop, errors as values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct xs_handle;

namespace vgpu::transport::xen {

// The states of a device's ends (enum xenbus_state in xen/io/xenbus.h).
enum class BusState : std::uint32_t {
    Unknown = 0,
    Initialising = 1,
    InitWait = 2,
    Initialised = 3,
    Connected = 4,
    Closing = 5,
    Closed = 6,
};
const char* to_string(BusState state);
// Unknown for whatever is no state.
BusState parse_state(const std::string& text);

// One connection to xenstored. Owned by a daemon, on its one thread. Paths without a leading slash
// are relative to this domain's own. What other domains wrote is not trusted.
class Xenstore {
  public:
    // Throws SetupError when there is no xenstore: no Xen, or no permission.
    Xenstore();

    struct Node {
        enum class Kind {
            Value,
            None,    // there is none, or it may not be read: xenstored does not always say which
            Failed,  // xenstored could not be asked; the node may be there
        };
        Kind kind = Kind::None;
        std::string value;
    };
    // As read(), for those whom it matters why there is no value. One that is too long is cut after
    // kMaxNodeBytes + 1 octets, so that it is nonsense still.
    Node look_at(const std::string& path) const;
    // The value of a node; nothing when there is none, it may not be read, or it is longer than
    // kMaxNodeBytes. Octets that are not printable come out as '?'.
    std::optional<std::string> read(const std::string& path) const;
    // A decimal number without sign, blanks or anything else; nothing for whatever is none.
    std::optional<std::uint32_t> read_number(const std::string& path) const;
    BusState read_state(const std::string& path) const;
    // Names of the children; empty when there are none or the node is not there.
    std::vector<std::string> list(const std::string& path) const;
    // Nothing when xenstored could not be asked.
    std::optional<std::vector<std::string>> try_list(const std::string& path) const;
    bool exists(const std::string& path) const;

    // False when xenstored refuses (no permission, quota, no parent).
    bool write(const std::string& path, const std::string& value);
    bool write_state(const std::string& path, BusState state);
    bool remove(const std::string& path);

    // Watches a node and all below it. The first event comes at once. False: no such right, quota.
    bool watch(const std::string& path, const std::string& token);
    void unwatch(const std::string& path, const std::string& token);
    struct Event {
        std::string path;
        std::string token;
    };
    // Readable when next_event() has something.
    int fd() const;
    std::optional<Event> next_event();

    // "/local/domain/7", for this domain without argument.
    static std::string domain_path(std::uint32_t domid);
    // This domain's own id.
    std::optional<std::uint32_t> own_domid() const { return read_number("domid"); }

  private:
    struct Close {
        void operator()(xs_handle* handle) const;
    };
    std::unique_ptr<xs_handle, Close> handle_;
};

// The number that a text is, in whole; nothing when it is none or does not fit.
std::optional<std::uint32_t> parse_number(const std::string& text);

}  // namespace vgpu::transport::xen
