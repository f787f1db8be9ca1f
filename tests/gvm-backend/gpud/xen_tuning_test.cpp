// Keys that the administrator sets while a device is served.
#include "tests/catch.h"
#include "transport/xen/tuning.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

using namespace transport::xen;

struct Tuned : ConnectedWorld {
    // Of contexts-max, as the guest meets it.
    bool allows(std::uint32_t contexts) {
        const std::string limit = "may run " + std::to_string(contexts);
        for (;;) {
            const std::string text = open(front, ++last_);
            if (!text.empty()) return text.find(limit) != std::string::npos;
        }
    }
    std::uint32_t last_ = 0;
};

TEST_CASE_METHOD(Tuned, "a bad value keeps the last good one, and says so once") {
    const std::string bad = GENERATE("0", "4097", "-1", "x", "", " 2", "LONG", "\x1b[31m");
    fake::write_node(backend("contexts-max"), "2");
    settle();
    fake::write_node(backend("contexts-max"), bad == "LONG" ? std::string(4000, '1') : bad);
    settle();
    CHECK(read_backend("error").find("contexts-max cannot be ") == 0);
    fake::write_node(backend("online"), "1");  // so that it is read again
    settle();
    CHECK(logged("contexts-max cannot be ") == 1);
    CHECK(logged("\x1b") == 0);
    CHECK(allows(2));
    fake::write_node(backend("contexts-max"), "3");
    settle();
    CHECK_FALSE(fake::read_node(backend("error")));
    CHECK(allows(3));
    CHECK(is_state(BusState::Connected));
}

TEST_CASE_METHOD(Tuned, "a key that is removed has its default again") {
    fake::write_node(backend("contexts-max"), "1");
    settle();
    CHECK(open(front, 1).empty());
    CHECK_FALSE(open(front, 2).empty());
    fake::remove_node(backend("contexts-max"));
    settle();
    CHECK(open(front, 3).empty());
}

TEST_CASE_METHOD(Tuned, "a value that cannot be read now keeps what holds") {
    fake::write_node(backend("contexts-max"), "1");
    settle();
    fake::fail({"xs_read", EIO, backend("contexts-max")});
    fake::write_node(backend("online"), "1");
    settle();
    CHECK(allows(1));
}

TEST_CASE_METHOD(Tuned, "a bad value's error outlives a failure of the link") {
    fake::write_node(backend("gpu"), "x");
    settle();
    front.send_octets({1, 2, 3});
    until_failed("makes no sense");
    connect(front);
    until("the key's error", [] { return read_backend("error").find("gpu cannot be") == 0; });
}

TEST_CASE_METHOD(Tuned, "the guest can change no key") {
    const fake::InDomain here(kDvm);
    Xenstore store;
    for (const TuningKey& key : tuning_keys()) CHECK_FALSE(store.write(backend(key.name), "1"));
    CHECK_FALSE(store.write(backend("state"), "4"));
    CHECK_FALSE(store.write(backend("online"), "1"));
}

}  // namespace
}  // namespace vgpu::gpud
