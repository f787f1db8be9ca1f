// A device's counters in xenstore.
#include "tests/catch.h"
#include "xen_world.h"

namespace vgpu::gpud {
namespace {

struct Counted : ConnectedWorld {
    std::string counter(const char* name) { return read_backend(std::string("stats/") + name); }
    void until_counted(const char* name, const std::string& value) {
        until(std::string(name) + " is " + value, [&] { return counter(name) == value; });
    }
};

TEST_CASE_METHOD(Counted, "contexts are counted in xenstore, now and all that there were") {
    CHECK(open(front, 1).empty());
    CHECK(open(front, 2).empty());
    until_counted("contexts", "2");
    CHECK(counter("contexts-started") == "2");
    CHECK(counter("restarts") == "0");
    front.send({.kind = transport::xen::LinkRequest::Kind::Close, .context = 1});
    until_counted("contexts", "1");
    CHECK(counter("contexts-started") == "2");
    CHECK(counter("restarts") == "0");
}

TEST_CASE_METHOD(Counted, "workers that end by themselves are counted") {
    CHECK(open(front, 1).empty());
    kill_workers();
    until_counted("restarts", "1");
    CHECK(counter("contexts") == "0");
}

TEST_CASE_METHOD(Counted, "counters do not make a directory that the toolstack has removed") {
    CHECK(open(front, 1).empty());
    until_counted("contexts", "1");
    remove_directories();
    until("the context ends", [&] { return contexts() == 0; });
    settle();
    CHECK_FALSE(fake::read_node(backend("stats/contexts")));
    CHECK_FALSE(fake::read_node(backend("")));
}

}  // namespace
}  // namespace vgpu::gpud
