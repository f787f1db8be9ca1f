// The wrapper of xenstore bounds what is read, and tells nothing there from not answered.
#include "transport/xen/xenstore.h"

#include "base/setup_error.h"
#include "tests/catch.h"
#include "transport/xen/vgpuif.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::transport::xen {
namespace {

using Kind = Xenstore::Node::Kind;
constexpr unsigned kDvm = 5;
const std::string kData = "/local/domain/5/data";

struct Fresh {
    Fresh() {
        fake::reset_xenstore();
        fake::add_domain(kDvm, "dvm");
        const fake::InDomain here(kDvm);
        store = std::make_unique<Xenstore>();
    }
    std::unique_ptr<Xenstore> store;
};

TEST_CASE_METHOD(Fresh, "a value of the longest length is read, and one octet more is nonsense") {
    fake::write_node(kData + "/a", std::string(kMaxNodeBytes, 'x'));
    CHECK(store->read("data/a") == std::string(kMaxNodeBytes, 'x'));
    fake::write_node(kData + "/a", std::string(kMaxNodeBytes + 1, 'x'));
    CHECK_FALSE(store->read("data/a"));
    fake::write_node(kData + "/a", std::string(4000, '1'));
    CHECK_FALSE(store->read("data/a"));
    CHECK_FALSE(store->read_number("data/a"));
    CHECK(store->look_at("data/a").kind == Kind::Value);
    CHECK(store->look_at("data/a").value.size() == kMaxNodeBytes + 1);
}

TEST_CASE_METHOD(Fresh, "octets that cannot be printed come out as question marks") {
    fake::write_node(kData + "/a", std::string("a\x1b\n\0\xff~ ", 7));
    CHECK(store->read("data/a") == "a????~ ");
    fake::write_node(kData + "/a", "");
    CHECK(store->read("data/a") == "");
}

TEST_CASE_METHOD(Fresh, "numbers and states are whole texts in range, or none") {
    for (const char* text :
         {"", " 1", "1 ", "+1", "-1", "0x1", "1\n", "4294967296", "1e3", "one"}) {
        fake::write_node(kData + "/a", text);
        CHECK_FALSE(store->read_number("data/a"));
        CHECK(store->read_state("data/a") == BusState::Unknown);
    }
    fake::write_node(kData + "/a", "4294967295");
    CHECK(store->read_number("data/a") == 4294967295u);
    CHECK(store->read_state("data/a") == BusState::Unknown);
    fake::write_node(kData + "/a", "7");
    CHECK(store->read_state("data/a") == BusState::Unknown);
    fake::write_node(kData + "/a", "6");
    CHECK(store->read_state("data/a") == BusState::Closed);
    CHECK(store->read_state("data/b") == BusState::Unknown);
}

TEST_CASE_METHOD(Fresh, "a node that is not there, may not be read, or is not answered") {
    CHECK(store->look_at("data/a").kind == Kind::None);
    CHECK(store->look_at("/local/domain/77/device").kind == Kind::None);
    fake::write_node(kData + "/a", "x");
    fake::fail({"xs_read", EIO});
    CHECK(store->look_at("data/a").kind == Kind::Failed);
    CHECK(store->look_at("data/a").kind == Kind::Value);
    fake::fail({"xs_directory", ENOMEM});
    CHECK_FALSE(store->try_list("data"));
    CHECK(store->list("data") == std::vector<std::string>{"a"});
    CHECK(store->try_list("data/b")->empty());
}

TEST_CASE_METHOD(Fresh, "what is refused is a value, not an end") {
    CHECK_FALSE(store->write("/local/domain/0/name", "mine"));
    CHECK_FALSE(store->remove("/local/domain/0"));
    fake::fail({"xs_write", ENOSPC});
    CHECK_FALSE(store->write_state("data/state", BusState::Closed));
    CHECK(store->write_state("data/state", BusState::Closed));
    fake::fail({"xs_watch", E2BIG});
    CHECK_FALSE(store->watch("data", "token"));
    CHECK_FALSE(store->next_event());
    fake::set_xenstore_running(false);
    CHECK(store->look_at("data/state").kind == Kind::Failed);
    CHECK_THROWS_AS(Xenstore(), SetupError);
}

TEST_CASE_METHOD(Fresh, "a watch tells of itself, of what is below, and of its end no more") {
    REQUIRE(store->watch("data", "token"));
    CHECK(store->next_event()->token == "token");
    fake::write_node(kData + "/a/b", "x");
    const auto event = store->next_event();
    REQUIRE(event);
    CHECK(event->path == "data/a/b");
    fake::write_node(kData + "/a/b", "y");
    store->unwatch("data", "token");
    CHECK_FALSE(store->next_event());
    CHECK(fake::open_things().watches == 0);
}

}  // namespace
}  // namespace vgpu::transport::xen
