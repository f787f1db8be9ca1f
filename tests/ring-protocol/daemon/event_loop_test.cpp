// Descriptors that come and go within a turn, and timers in their order.
#include "daemon/event_loop.h"

#include <sys/eventfd.h>

#include <string>

#include "tests/catch.h"

namespace vgpu::daemon {
namespace {

using namespace std::chrono_literals;
using Clock = EventLoop::Clock;

UniqueFd rung() {
    return UniqueFd(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
}

TEST_CASE("an event of a closed descriptor does not reach the next owner of its number") {
    EventLoop loop;
    UniqueFd first = rung(), second = rung();
    int old_calls = 0, new_calls = 0;
    UniqueFd* const both[] = {&first, &second};
    UniqueFd newcomer;
    // Whichever comes first closes the other, whose event waits in the same turn, and takes its
    // number for something that nobody has rung.
    for (int i = 0; i < 2; ++i) {
        loop.add(both[i]->get(), [&, i] {
            ++old_calls;
            UniqueFd& other = *both[1 - i];
            loop.remove(both[i]->get());
            loop.remove(other.get());
            const int number = other.get();
            other.reset();
            newcomer.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
            REQUIRE(newcomer.get() == number);
            loop.add(number, [&] { ++new_calls; });
        });
    }
    loop.run_once(0ms);
    CHECK(old_calls == 1);
    CHECK(new_calls == 0);
    ::eventfd_write(newcomer.get(), 1);
    loop.run_once(0ms);
    CHECK(new_calls == 1);
}

TEST_CASE("a function may remove itself while it runs") {
    EventLoop loop;
    const UniqueFd fd = rung();
    std::string said;
    loop.add(fd.get(), [&, text = std::string(100, 'x')] {
        loop.remove(fd.get());
        said = text;
    });
    loop.run_once(0ms);
    loop.run_once(0ms);
    CHECK(said == std::string(100, 'x'));
}

TEST_CASE("timers are called in the order of their times, once each") {
    EventLoop loop;
    std::string calls;
    const auto now = Clock::now();
    loop.call_at(now - 1ms, [&] { calls += 'b'; });
    loop.call_at(now - 2ms, [&] { calls += 'a'; });
    loop.call_at(now + 24h, [&] { calls += 'z'; });
    loop.call_at(now - 1ms, [&] { calls += 'c'; });
    loop.run_once(0ms);
    loop.run_once(0ms);
    CHECK(calls == "abc");
}

TEST_CASE("a cancelled timer is not called, even by one of the same turn") {
    EventLoop loop;
    int calls = 0;
    const auto now = Clock::now();
    const EventLoop::TimerId second = loop.call_at(now, [&] { ++calls; });
    loop.call_at(now - 1ms, [&] { loop.cancel(second); });
    loop.cancel(12345);
    loop.run_once(0ms);
    loop.run_once(0ms);
    CHECK(calls == 0);
}

TEST_CASE("a timer that sets itself anew lets descriptors be heard between") {
    EventLoop loop;
    const UniqueFd fd = rung();
    int timers = 0, events = 0;
    loop.add(fd.get(), [&] { ++events; });
    std::function<void()> again = [&] {
        ++timers;
        loop.call_at(Clock::now() - 1s, again);
    };
    again();
    for (int i = 0; i < 10; ++i) loop.run_once(std::nullopt);
    CHECK(timers == 11);
    CHECK(events == 10);
}

TEST_CASE("the wait ends when a timer is due, however long it may last") {
    EventLoop loop;
    bool called = false;
    const auto begin = Clock::now();
    loop.call_at(begin + 20ms, [&] { called = true; });
    while (!called) loop.run_once(1h);
    CHECK(Clock::now() >= begin + 20ms);
    CHECK(Clock::now() < begin + 10s);
}

}  // namespace
}  // namespace vgpu::daemon
