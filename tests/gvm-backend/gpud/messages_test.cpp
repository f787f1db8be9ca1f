// What supervisor and worker tell each other comes through as it was said.
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/logging.h"
#include "tests/catch.h"
#include "worker/host_report.h"
#include "worker/start_message.h"

using namespace vgpu;
using namespace vgpu::worker;

namespace {

struct Pair {
    Pair() {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
        supervisor.reset(ends[0]);
        worker.reset(ends[1]);
    }
    UniqueFd supervisor;
    UniqueFd worker;
};

UniqueFd some_descriptor() {
    return UniqueFd(::dup(STDERR_FILENO));
}

}  // namespace

TEST_CASE("a start message arrives whole, with its descriptors") {
    Pair pair;
    StartMessage start;
    start.options.gpu.name = "GPU \"1\"";
    start.options.gpu.uuid[3] = 200;
    start.options.gpu.driver_manifest = "/etc/vulkan/icd.d/one.json";
    start.options.import_way = ImportWay::HostPointer;
    start.options.page_type_bits = 0xc0000001;
    start.options.memory_limit_bytes = 1ull << 40;
    start.options.channels_max = 32;
    start.jail.groups = {44, 105};
    start.jail.change_user = true;
    start.label = "context 3";
    start.log_level = "debug";
    transport::LocalHandover guest{some_descriptor(), some_descriptor(), some_descriptor()};
    REQUIRE(send_start(pair.supervisor.get(), start,
                       {std::move(guest), some_descriptor(), some_descriptor()}));
    const auto received = receive_start(pair.worker.get());
    REQUIRE(received);
    CHECK(received->message.options.gpu.name == start.options.gpu.name);
    CHECK(received->message.options.gpu == start.options.gpu);
    CHECK(received->message.options.import_way == ImportWay::HostPointer);
    CHECK(received->message.options.page_type_bits == 0xc0000001);
    CHECK(received->message.options.memory_limit_bytes == 1ull << 40);
    CHECK(received->message.jail.groups == start.jail.groups);
    CHECK(received->message.jail.change_user);
    CHECK(received->message.label == "context 3");
    const auto& local = std::get<transport::LocalHandover>(received->descriptors.guest);
    CHECK(local.socket);
    CHECK(local.control);
    CHECK(local.doorbell);
    CHECK(received->descriptors.slot);
    CHECK(received->descriptors.account);
}

TEST_CASE("a worker is told that its guest lives in another domain, and how to ring it") {
    Pair pair;
    transport::xen::XenHandover guest{some_descriptor(), some_descriptor(), some_descriptor(), 17};
    StartMessage start;
    start.jail.event_channels = true;
    REQUIRE(send_start(pair.supervisor.get(), start,
                       {std::move(guest), some_descriptor(), some_descriptor()}));
    const auto received = receive_start(pair.worker.get());
    REQUIRE(received);
    const auto& xen = std::get<transport::xen::XenHandover>(received->descriptors.guest);
    CHECK(xen.socket);
    CHECK(xen.control);
    CHECK(xen.bell);
    CHECK(xen.bell_port == 17);
    CHECK(received->message.jail.event_channels);
}

TEST_CASE("a worker whose supervisor goes away before the start ends quietly") {
    Pair pair;
    pair.supervisor.reset();
    CHECK_FALSE(receive_start(pair.worker.get()));
}

TEST_CASE("an owned worker's last words are heard only if they make sense") {
    Pair pair;
    send_end(pair.worker.get(), {"The guest is gone."});
    CHECK(receive_end(pair.supervisor.get())->reason == "The guest is gone.");
    CHECK_FALSE(receive_end(pair.supervisor.get()));
    for (const std::string& nonsense :
         {std::string("{"), std::string("[]"), std::string("{\"reason\":5}"), std::string("\0", 1),
          std::string(8000, 'x')}) {
        REQUIRE(::send(pair.worker.get(), nonsense.data(), nonsense.size(), 0) >= 0);
        CHECK_FALSE(receive_end(pair.supervisor.get()));
    }
    send_end(pair.worker.get(), {std::string(100000, 'x')});
    CHECK(receive_end(pair.supervisor.get())->reason.size() <= 4096);
}

TEST_CASE("a report survives its JSON form") {
    HostReport report;
    report.instance_version = 4206831;
    report.instance_extensions = {{"VK_KHR_surface", 25}};
    report.command_hashes = {0, 0xffffffff};
    HostGpu gpu;
    gpu.identity.name = "GPU";
    gpu.identity.pci_address = "0000:01:00.0";
    gpu.import_way = ImportWay::HostPointer;
    gpu.page_type_bits = 5;
    gpu.host_visible_bits = 7;
    gpu.memory_types = {"plain"};
    report.gpus = {gpu};
    report.pci_gpus = {{"0000:00:10.0", "/dev/dri/card0", false}};
    const HostReport back = parse_report(format_report(report));
    CHECK(back.instance_version == report.instance_version);
    CHECK(back.instance_extensions[0].name == "VK_KHR_surface");
    CHECK(back.command_hashes == report.command_hashes);
    REQUIRE(back.pci_gpus.size() == 1);
    CHECK(back.pci_gpus[0].pci_address == "0000:00:10.0");
    CHECK(back.pci_gpus[0].node == "/dev/dri/card0");
    CHECK_FALSE(back.pci_gpus[0].renders);
    REQUIRE(back.gpus.size() == 1);
    CHECK(back.gpus[0].identity.pci_address == "0000:01:00.0");
    CHECK(back.gpus[0].import_way == ImportWay::HostPointer);
    CHECK(back.gpus[0].host_visible_bits == 7);
    CHECK_THROWS_AS(parse_report("nonsense"), std::exception);
    CHECK_THROWS_AS(parse_report("{}"), std::exception);
}

TEST_CASE("what a peer calls itself is printable in the log") {
    CHECK(vgpu::daemon::loggable("a\nb\x1b[31m\xff") == "a?b?[31m?");
    CHECK(vgpu::daemon::loggable(std::string(10000, 'a')).size() == 300);
}

TEST_CASE("a preparation arrives whole, before the start") {
    Pair pair;
    Preparation preparation;
    preparation.gpu.name = "GPU 1";
    preparation.gpu.uuid[3] = 200;
    preparation.jail.groups = {44};
    preparation.jail.event_channels = true;
    preparation.log_level = "debug";
    REQUIRE(send_preparation(pair.supervisor.get(), preparation));
    StartMessage start;
    start.label = "context 4";
    transport::LocalHandover guest{some_descriptor(), some_descriptor(), some_descriptor()};
    REQUIRE(send_start(pair.supervisor.get(), start,
                       {std::move(guest), some_descriptor(), some_descriptor()}));
    const auto first = receive_order(pair.worker.get());
    REQUIRE(first);
    CHECK(std::get<Preparation>(*first) == preparation);
    const auto second = receive_order(pair.worker.get());
    REQUIRE(second);
    CHECK(std::get<ReceivedStart>(*second).message.label == "context 4");
}
