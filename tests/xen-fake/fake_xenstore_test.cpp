// The fake behaves as xenstored does where the project's programs depend on it.
#include "xen-fake/fake_xenstore.h"

extern "C" {  // which the header does not say itself
#include <xenstore.h>
}

#include <poll.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

#include "tests/catch.h"

using namespace vgpu::fake;

namespace {

struct Close {
    void operator()(xs_handle* handle) const { xs_close(handle); }
};
using Handle = std::unique_ptr<xs_handle, Close>;

Handle open_as(unsigned domain) {
    const InDomain in(domain);
    return Handle(xs_open(0));
}

// The value, or the errno's name in angle brackets.
std::string read(const Handle& h, const std::string& path, xs_transaction_t t = XBT_NULL) {
    unsigned length = 0;
    const std::unique_ptr<void, decltype(&std::free)> value(
        xs_read(h.get(), t, path.c_str(), &length), &std::free);
    return value ? std::string(static_cast<char*>(value.get()), length)
                 : std::string("<") + strerrorname_np(errno) + ">";
}

std::string outcome(bool worked) {
    return worked ? "ok" : strerrorname_np(errno);
}

std::string write(const Handle& h, const std::string& path, const std::string& value,
                  xs_transaction_t t = XBT_NULL) {
    return outcome(xs_write(h.get(), t, path.c_str(), value.data(), value.size()));
}

bool readable(const Handle& h) {
    pollfd one{xs_fileno(h.get()), POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
}

// "path token", or the errno's name.
std::string next_event(const Handle& h) {
    const std::unique_ptr<char*, decltype(&std::free)> event(xs_check_watch(h.get()), &std::free);
    if (!event) return strerrorname_np(errno);
    return std::string(event.get()[XS_WATCH_PATH]) + " " + event.get()[XS_WATCH_TOKEN];
}

void two_guests() {
    reset_xenstore();
    add_domain(3, "gvm");
    add_domain(5, "dvm");
}

}  // namespace

TEST_CASE("a guest reads what it may read and learns nothing of the rest") {
    two_guests();
    const Handle dvm = open_as(5), dom0 = open_as(0);
    CHECK(read(dvm, "name") == "dvm");
    CHECK(read(dvm, "/local/domain/5/name") == "dvm");
    CHECK(read(dvm, "/local/domain/3/name") == "<EACCES>");
    CHECK(read(dvm, "/local/domain/3/nothing") == "<EACCES>");
    CHECK(read(dvm, "device/nothing") == "<ENOENT>");
    CHECK(read(dom0, "/local/domain/3/nothing") == "<ENOENT>");
    CHECK(read(dom0, "/a//b") == "<EINVAL>");
}

TEST_CASE("a guest writes only what is its own, and owns what it makes") {
    two_guests();
    const Handle dvm = open_as(5);
    CHECK(write(dvm, "device/vgpu", "x") == "EACCES");
    CHECK(write(dvm, "data/a/b", "x") == "ok");
    CHECK(permissions_of("/local/domain/5/data/a/b") == "n5");
    write_node("/local/domain/5/device/vgpu/0/state", "1");
    set_permissions_of("/local/domain/5/device/vgpu/0", "n5,r3");
    CHECK(write(dvm, "device/vgpu/0/ring-ref", "8") == "ok");
    CHECK(permissions_of("/local/domain/5/device/vgpu/0/ring-ref") == "n5,r3");
    CHECK(read(open_as(3), "/local/domain/5/device/vgpu/0/ring-ref") == "8");
    CHECK(write(open_as(3), "/local/domain/5/device/vgpu/0/ring-ref", "9") == "EACCES");
    xs_permissions give[] = {{3, XS_PERM_NONE}};
    CHECK(outcome(xs_set_permissions(dvm.get(), 0, "data", give, 1)) == "EPERM");
}

TEST_CASE("removing takes what is below along, and what is missing is as good as removed") {
    two_guests();
    const Handle dom0 = open_as(0);
    CHECK(write(dom0, "/a/b/c", "x") == "ok");
    CHECK(outcome(xs_rm(dom0.get(), 0, "/a/b")) == "ok");
    CHECK(nodes_below("/a") == std::vector<std::string>{"/a"});
    CHECK(outcome(xs_rm(dom0.get(), 0, "/a/b")) == "ok");
    CHECK(outcome(xs_rm(dom0.get(), 0, "/x/y")) == "ENOENT");
}

TEST_CASE("a transaction is seen whole or not at all") {
    two_guests();
    const Handle dom0 = open_as(0), other = open_as(0);
    const xs_transaction_t t = xs_transaction_start(dom0.get());
    CHECK(write(dom0, "/a/b", "1", t) == "ok");
    CHECK(read(dom0, "/a/b", t) == "1");
    CHECK(read(other, "/a/b") == "<ENOENT>");
    CHECK(outcome(xs_transaction_end(dom0.get(), t, false)) == "ok");
    CHECK(read(other, "/a/b") == "1");
    CHECK(read(dom0, "/a/b", t) == "<ENOENT>");
}

TEST_CASE("a transaction whose nodes were changed by others is to be done again") {
    two_guests();
    const Handle dom0 = open_as(0), other = open_as(0);
    write_node("/a", "1");
    xs_transaction_t t = xs_transaction_start(dom0.get());
    CHECK(read(dom0, "/a", t) == "1");
    CHECK(write(other, "/unrelated", "2") == "ok");
    CHECK(outcome(xs_transaction_end(dom0.get(), t, false)) == "ok");
    t = xs_transaction_start(dom0.get());
    CHECK(write(dom0, "/a", "3", t) == "ok");
    CHECK(write(other, "/a", "2") == "ok");
    CHECK(outcome(xs_transaction_end(dom0.get(), t, false)) == "EAGAIN");
    CHECK(read(dom0, "/a") == "2");
}

TEST_CASE("a watch tells of its start, of changes below, and of being removed with what is above") {
    two_guests();
    const Handle dom0 = open_as(0);
    write_node("/a/b/c", "1");
    CHECK(outcome(xs_watch(dom0.get(), "/a/b", "t")) == "ok");
    CHECK(outcome(xs_watch(dom0.get(), "/a/b", "t")) == "EEXIST");
    CHECK(readable(dom0));
    CHECK(next_event(dom0) == "/a/b t");
    CHECK_FALSE(readable(dom0));
    CHECK(next_event(dom0) == "EAGAIN");
    write_node("/a/b/c", "2");
    CHECK(next_event(dom0) == "/a/b/c t");
    write_node("/a/bc", "2");
    CHECK(next_event(dom0) == "EAGAIN");
    remove_node("/a");
    CHECK(next_event(dom0) == "/a/b t");
    CHECK(outcome(xs_unwatch(dom0.get(), "/a/b", "t")) == "ok");
    CHECK(outcome(xs_unwatch(dom0.get(), "/a/b", "t")) == "ENOENT");
}

TEST_CASE("a watch tells nothing of what its domain may not read") {
    two_guests();
    const Handle dvm = open_as(5);
    CHECK(outcome(xs_watch(dvm.get(), "/local/domain/3", "t")) == "ok");
    CHECK(outcome(xs_watch(dvm.get(), "device", "own")) == "ok");
    CHECK(next_event(dvm) == "/local/domain/3 t");
    CHECK(next_event(dvm) == "device own");
    write_node("/local/domain/3/name", "x");
    CHECK(next_event(dvm) == "EAGAIN");
    write_node("/local/domain/5/device/vgpu/0/state", "1");
    CHECK(next_event(dvm) == "device/vgpu/0/state own");
}

TEST_CASE("domains that come and go are told to domain 0") {
    two_guests();
    const Handle dom0 = open_as(0);
    CHECK(xs_watch(dom0.get(), "@releaseDomain", "gone"));
    CHECK(next_event(dom0) == "@releaseDomain gone");
    CHECK(xs_is_domain_introduced(dom0.get(), 5));
    remove_domain(5);
    CHECK_FALSE(xs_is_domain_introduced(dom0.get(), 5));
    CHECK(next_event(dom0) == "@releaseDomain gone");
    CHECK(nodes_below("/local/domain/5").empty());
}

TEST_CASE("a reader that waits is woken by a change") {
    two_guests();
    const Handle dom0 = open_as(0);
    CHECK(xs_watch(dom0.get(), "/a", "t"));
    CHECK(next_event(dom0) == "/a t");
    std::thread writer([] { write_node("/a", "1"); });
    unsigned count = 0;
    const std::unique_ptr<char*, decltype(&std::free)> event(xs_read_watch(dom0.get(), &count),
                                                             &std::free);
    writer.join();
    CHECK(count == 2);
    CHECK(event.get()[XS_WATCH_PATH] == std::string("/a"));
}

TEST_CASE("calls fail as they are told to, and quotas hold") {
    two_guests();
    const Handle dom0 = open_as(0), dvm = open_as(5);
    fail({"xs_write", EROFS, "/a", 1, 1});
    CHECK(write(dom0, "/a", "1") == "ok");
    CHECK(write(dom0, "/b", "1") == "ok");
    CHECK(write(dom0, "/a", "1") == "EROFS");
    CHECK(write(dom0, "/a", "1") == "ok");
    set_node_quota(3);
    CHECK(write(dvm, "data/a", "") == "ok");
    CHECK(write(dvm, "data/b", "") == "ok");
    CHECK(write(dvm, "data/c", "") == "ENOSPC");
    CHECK(write(dvm, "data/a", std::string(2049, 'x')) == "ENOSPC");
    CHECK(write(dom0, "/a", std::string(5000, 'x')) == "E2BIG");
    set_xenstore_running(false);
    CHECK(read(dom0, "/a") == "<EIO>");
    CHECK_FALSE(xs_open(0));
    CHECK(open_things().handles == 2);
    set_xenstore_running(true);
}

TEST_CASE("a directory's children are listed by name, and permissions are read back") {
    two_guests();
    const Handle dom0 = open_as(0);
    unsigned count = 0;
    const std::unique_ptr<char*, decltype(&std::free)> names(
        xs_directory(dom0.get(), 0, "/local/domain", &count), &std::free);
    REQUIRE(count == 3);
    CHECK(names.get()[0] == std::string("0"));
    CHECK(names.get()[2] == std::string("5"));
    const std::unique_ptr<xs_permissions, decltype(&std::free)> found(
        xs_get_permissions(dom0.get(), 0, "/local/domain/5", &count), &std::free);
    REQUIRE(count == 2);
    CHECK(found.get()[1].id == 5);
    CHECK(found.get()[1].perms == XS_PERM_READ);
}
