// Shows that newcomers wait for a GPU a bounded time, and are told what is missing.
#include "tests/catch.h"
#include "tests/dvm-frontend/dvm-gpud/world.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::broker::test {
namespace {

using transport::Refusal;

// What an application is told that waits in vain.
std::string refusal_of(World& world, bool wants_context = true) {
    auto app = world.new_app();
    app->say_hello(wants_context);
    world.settle();
    CHECK_FALSE(app->welcome());
    world.sleep(std::chrono::milliseconds(30));
    const auto welcome = app->welcome();
    REQUIRE(welcome);
    CHECK(welcome->refusal == Refusal::NoDevice);
    CHECK(app->fds.empty());
    CHECK(app->gone());
    return welcome->text;
}

TEST_CASE("who waits in vain is told what is missing, and what to do") {
    World world;
    world.service.wait = std::chrono::milliseconds(20);
    world.start_broker();
    CHECK(refusal_of(world).find("gvmctl attach") != std::string::npos);
    CHECK(refusal_of(world, false).find("gvmctl attach") != std::string::npos);
    world.attach();
    CHECK(refusal_of(world).find("gvm-gpud runs there") != std::string::npos);
    fake::write_node(kBack + "/versions", "2");
    fake::write_node(kBack + "/state", "2");
    CHECK(refusal_of(world).find("same release") != std::string::npos);
    world.start_gvm();
    world.gvm->connects = false;
    world.sleep(std::chrono::milliseconds(3));
    CHECK(world.front("state") == "3");
    CHECK(refusal_of(world).find("does not answer") != std::string::npos);
    fake::write_node(kBack + "/online", "0");
    world.gvm->close();
    CHECK(refusal_of(world).find("detached") != std::string::npos);
    world.gvm.reset();
    fake::remove_domain(kGvm);
    CHECK(refusal_of(world).find("gone") != std::string::npos);
}

TEST_CASE("who waits is served when the GPU comes in time") {
    World world;
    world.start_broker();
    auto app = world.new_app();
    auto question = world.new_app();
    app->say_hello();
    question->say_hello(false);
    world.settle();
    CHECK_FALSE(app->welcome());
    world.attach();
    world.settle();
    world.start_gvm();
    world.settle();
    const auto welcome = app->welcome();
    REQUIRE(welcome);
    CHECK(welcome->refusal == Refusal::None);
    const auto answer = question->welcome();
    REQUIRE(answer);
    CHECK(answer->refusal == Refusal::None);
    CHECK(answer->doorbell_port == 0);
    CHECK(question->fds.empty());
    CHECK(question->gone());
    CHECK(world.broker->applications() == 1);
}

TEST_CASE("without patience the answer comes at once") {
    World world;
    world.service.wait = std::chrono::milliseconds(0);
    world.start_broker();
    auto app = world.new_app();
    app->say_hello();
    world.settle();
    CHECK(app->welcome()->refusal == Refusal::NoDevice);
}

TEST_CASE("more greetings than may be under way wait for their turn") {
    World world;
    world.start();
    world.gvm->answers = false;
    std::vector<std::unique_ptr<App>> apps;
    for (int i = 0; i < 30; ++i) {
        apps.push_back(world.new_app());
        apps.back()->say_hello(true, 8000);
        world.settle();
    }
    CHECK(world.gvm->requests.size() == Broker::kGreetingsAtOnce);
    world.gvm->answers = true;
    for (const auto& request : std::vector(world.gvm->requests)) world.gvm->answer(request);
    world.settle();
    for (const auto& app : apps) CHECK(app->welcome());
    CHECK(world.gvm->contexts.size() == 30);
    CHECK(world.gvm->trouble == "");
}

TEST_CASE("contexts are counted, in all and of each user, and wait for those that close") {
    World world;
    const bool per_user = GENERATE(false, true);
    (per_user ? world.service.contexts_per_user : world.service.contexts_max) = 2;
    world.start();
    auto first = world.open_app();
    auto second = world.open_app();
    auto third = world.new_app();
    third->say_hello();
    world.settle();
    auto welcome = third->welcome();
    REQUIRE(welcome);
    CHECK(welcome->refusal == Refusal::TooManyContexts);
    CHECK(welcome->text.find(per_user ? "--contexts-per-user" : "--contexts-max") !=
          std::string::npos);
    // Who is one too many only for contexts that close waits for them.
    world.gvm->unmaps = false;
    second->hang_up();
    third = world.new_app();
    third->say_hello();
    world.settle();
    CHECK_FALSE(third->welcome());
    CHECK_FALSE(third->gone());
    CHECK(world.gvm->contexts.size() == 2);
    world.gvm->unmaps = true;
    world.gvm->answer(world.gvm->requests.back());
    world.settle();
    welcome = third->welcome();
    REQUIRE(welcome);
    CHECK(welcome->refusal == Refusal::None);
}

TEST_CASE("the GVM's refusal reaches the application, and nothing stays behind") {
    World world;
    world.start();
    world.gvm->welcome = transport::refuse(Refusal::TooManyContexts, "It has enough.");
    auto app = world.new_app();
    app->say_hello();
    world.settle();
    const auto welcome = app->welcome();
    REQUIRE(welcome);
    CHECK(welcome->text == "It has enough.");
    CHECK(app->fds.empty());
    CHECK(app->gone());
    CHECK(world.broker->applications() == 0);
    CHECK(world.broker->budget().used() == 0);
}

TEST_CASE("many questions of one user do not fill the broker") {
    World world;
    world.start();
    world.gvm->answers = false;
    std::vector<std::unique_ptr<App>> apps;
    for (std::size_t i = 0; i < 3 * Broker::kQuestionsPerUser; ++i) {
        apps.push_back(world.new_app());
        apps.back()->say_hello(false);
        world.settle();
    }
    CHECK(world.broker->applications() == Broker::kQuestionsPerUser);
    // Who does not wait for the answer loses nobody else's.
    apps[0].reset();
    world.settle();
    world.gvm->answers = true;
    for (const auto& request : std::vector(world.gvm->requests)) world.gvm->answer(request);
    world.settle();
    for (std::size_t i = 1; i < Broker::kQuestionsPerUser; ++i)
        CHECK(apps[i]->welcome()->refusal == Refusal::None);
    CHECK(world.broker->applications() == 0);
    CHECK(world.connected());
}

}  // namespace
}  // namespace vgpu::broker::test
