// Tests what processes share of semaphores and fences, with processes of its own.
#include "icd/shared_payload.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "icd/sync_file.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

namespace {

// A process that promises a signal, says so, and then keeps it or not.
class Promiser {
  public:
    explicit Promiser(const SharedPayload& payload) {
        const UniqueFd fd = payload.export_fd();
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            const auto opened = SharedPayload::open(fd.get(), PayloadKind::Timeline);
            if (opened) opened->promise(9);
            [[maybe_unused]] const ssize_t written = ::write(ends[1], opened ? "y" : "n", 1);
            for (;;) ::pause();
        }
        char said = 0;
        REQUIRE(::read(ends[0], &said, 1) == 1);
        CHECK(said == 'y');
        ::close(ends[0]);
        ::close(ends[1]);
    }
    ~Promiser() { kill(); }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

  private:
    pid_t pid_ = 0;
};

}  // namespace

TEST_CASE("a payload is the same one behind every descriptor") {
    const auto made = SharedPayload::make(PayloadKind::Timeline, 3);
    REQUIRE(made);
    const UniqueFd fd = made->export_fd();
    const auto opened = SharedPayload::open(fd.get(), PayloadKind::Timeline);
    REQUIRE(opened);
    CHECK(opened->reached() == 3);
    const std::uint32_t before = opened->change_word()->load();
    made->signal(8);
    CHECK(opened->reached() == 8);
    CHECK(opened->change_word()->load() != before);
    opened->signal(5);
    CHECK(made->reached() == 8);
    // It keeps the page though its maker is gone.
    const UniqueFd again = opened->export_fd();
    CHECK(SharedPayload::open(again.get(), PayloadKind::Timeline)->reached() == 8);
}

TEST_CASE("the k-th wait for a binary payload is for its k-th signal, whoever waits") {
    const auto made = SharedPayload::make(PayloadKind::Binary);
    const UniqueFd fd = made->export_fd();
    const auto opened = SharedPayload::open(fd.get(), PayloadKind::Binary);
    REQUIRE(opened);
    CHECK(made->promise() == 1);
    CHECK(opened->take() == 1);
    CHECK_FALSE(opened->has_reached(1));
    made->keep(1);
    CHECK(opened->has_reached(1));
    opened->signal();
    CHECK(made->take() == 2);
    CHECK(made->has_reached(2));
    CHECK_FALSE(made->take_pending());
}

TEST_CASE("a reset fence does not show a signal that was taken before it happened") {
    const auto fence = SharedPayload::make(PayloadKind::Fence);
    const std::uint64_t number = fence->promise();
    CHECK(fence->take_pending() == number);
    fence->reset();
    fence->keep(number);
    CHECK_FALSE(fence->signalled());
    fence->signal();
    CHECK(fence->signalled());
    fence->reset();
    CHECK_FALSE(fence->signalled());
}

TEST_CASE("what a dead process promised counts as kept, and what a living one promised does not") {
    const auto payload = SharedPayload::make(PayloadKind::Timeline);
    Promiser other(*payload);
    payload->keep_for_the_dead();
    CHECK(payload->reached() == 0);
    other.kill();
    payload->keep_for_the_dead();
    CHECK(payload->reached() == 9);
}

TEST_CASE("what this process promised is nobody's death") {
    const auto payload = SharedPayload::make(PayloadKind::Timeline);
    payload->promise(4);
    payload->keep_for_the_dead();
    CHECK(payload->reached() == 0);
    const UniqueFd fd = payload->export_fd();
    const auto opened = SharedPayload::open(fd.get(), PayloadKind::Timeline);
    opened->keep_for_the_dead();
    CHECK(payload->reached() == 0);
    payload->keep(4);
}

TEST_CASE("a descriptor of anything else, or of another kind, is no payload") {
    const auto payload = SharedPayload::make(PayloadKind::Fence);
    const UniqueFd fence = payload->export_fd();
    CHECK_FALSE(SharedPayload::open(fence.get(), PayloadKind::Binary));
    CHECK_FALSE(SharedPayload::open(-1, PayloadKind::Fence));
    const UniqueFd file(::open("/dev/null", O_RDWR));
    CHECK_FALSE(SharedPayload::open(file.get(), PayloadKind::Fence));
    // Sealed as it should be, and empty.
    const UniqueFd zeros = transport::make_sealed_memory(PayloadPage::kBytes);
    CHECK_FALSE(SharedPayload::open(zeros.get(), PayloadKind::Fence));
    // All right, but for its size: its holder could take the page away.
    const UniqueFd loose(::memfd_create("loose", MFD_ALLOW_SEALING));
    REQUIRE(::ftruncate(loose.get(), PayloadPage::kBytes) == 0);
    const std::uint32_t words[] = {PayloadPage::kMagic, PayloadPage::kVersion, 3};
    REQUIRE(::pwrite(loose.get(), words, sizeof(words), 0) == sizeof(words));
    CHECK_FALSE(SharedPayload::open(loose.get(), PayloadKind::Fence));
    REQUIRE(::fcntl(loose.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
    CHECK(SharedPayload::open(loose.get(), PayloadKind::Fence));
}

TEST_CASE("a sync file polls readable when its other end is closed, and not before") {
    SyncFile made = make_sync_file();
    REQUIRE(made.waits);
    CHECK(is_sync_file(made.waits.get()));
    CHECK_FALSE(is_sync_file(made.signals.get()));
    const auto payload = SharedPayload::of_sync_file(std::move(made.waits), PayloadKind::Binary);
    CHECK(payload->take() == 1);
    CHECK_FALSE(payload->has_reached(1));
    made.signals.reset();
    CHECK(payload->has_reached(1));
    CHECK(SharedPayload::of_sync_file({}, PayloadKind::Fence)->signalled());
}

TEST_CASE("descriptors that nobody marked are no sync files") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    const UniqueFd sockets[] = {UniqueFd(ends[0]), UniqueFd(ends[1])};
    CHECK_FALSE(is_sync_file(sockets[0].get()));
    REQUIRE(::pipe(ends) == 0);
    const UniqueFd pipes[] = {UniqueFd(ends[0]), UniqueFd(ends[1])};
    CHECK_FALSE(is_sync_file(pipes[0].get()));
    CHECK_FALSE(is_sync_file(-1));
}

}  // namespace vgpu::icd::test
