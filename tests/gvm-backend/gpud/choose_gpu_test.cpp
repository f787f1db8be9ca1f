// Which of several GPUs is served.
#include "gpud/choose_gpu.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/setup_error.h"
#include "gpud/worker_user.h"
#include "tests/catch.h"

using namespace vgpu;
using namespace vgpu::gpud;
using Catch::Matchers::Contains;

namespace {

worker::HostGpu gpu(const char* name, const char* type, const char* pci) {
    worker::HostGpu made;
    made.identity.name = name;
    made.identity.pci_address = pci;
    made.type = type;
    return made;
}

worker::HostReport machine() {
    worker::HostReport report;
    report.gpus = {gpu("llvmpipe", "cpu", ""), gpu("Iris", "integrated", "0000:00:02.0"),
                   gpu("First", "discrete", "0000:01:00.0"),
                   gpu("Second", "discrete", "0000:02:00.0")};
    return report;
}

}  // namespace

TEST_CASE("a worker is given the nodes of its GPU, where they are known") {
    const std::string folder = "/tmp/vgpu-nodes-" + std::to_string(::getpid());
    const std::string information = folder + "/0000:01:00.0/information";
    std::filesystem::create_directories(folder + "/0000:01:00.0");
    std::ofstream(information) << "Model: \t Some\nDevice Minor: \t 3\n";
    worker::HostGpu amd = gpu("Radeon", "discrete", "0000:02:00.0");
    CHECK(nodes_of(amd, folder).empty());
    amd.render_node = "/dev/dri/renderD129";
    CHECK(nodes_of(amd, folder) == std::vector<std::string>{"/dev/dri/renderD129"});
    worker::HostGpu nvidia = gpu("GeForce", "discrete", "0000:01:00.0");
    nvidia.render_node = "/dev/dri/renderD128";
    nvidia.identity.vendor_id = 0x10de;
    nvidia.driver = "NVIDIA 550";
    CHECK(nodes_of(nvidia, folder) ==
          std::vector<std::string>{"/dev/nvidia3", "/dev/dri/renderD128"});
    // Its driver tells nothing of it: then all are open, as before.
    CHECK(nodes_of(nvidia, "/nowhere").empty());
    CHECK(nodes_of(gpu("llvmpipe", "cpu", ""), folder).empty());
    std::filesystem::remove_all(folder);
}

TEST_CASE("the first discrete GPU is served") {
    const worker::HostReport report = machine();
    const GpuChoice choice = choose_gpu(report, "");
    CHECK(choice.gpu->identity.name == "First");
    CHECK(choice.why.find("discrete") != std::string::npos);
}

TEST_CASE("an integrated GPU goes before the CPU") {
    worker::HostReport report = machine();
    report.gpus.resize(2);
    CHECK(choose_gpu(report, "").gpu->identity.name == "Iris");
}

TEST_CASE("a PCI address chooses, however it is written") {
    const worker::HostReport report = machine();
    CHECK(choose_gpu(report, "0000:02:00.0").gpu->identity.name == "Second");
    CHECK(choose_gpu(report, "02:00.0").gpu->identity.name == "Second");
    CHECK(choose_gpu(report, "2:0.0").gpu->identity.name == "Second");
    CHECK_THROWS_AS(choose_gpu(report, "03:00.0"), SetupError);
    CHECK_THROWS_AS(choose_gpu(report, "the big one"), SetupError);
}

TEST_CASE("a machine without a GPU says what to install") {
    worker::HostReport report;
    report.error = "The Vulkan loader answers -9.";
    CHECK_THROWS_WITH(choose_gpu(report, ""),
                      Contains("answers -9") && Contains("mesa-vulkan-drivers"));
}

TEST_CASE(
    "guest pages are imported where the test found that to work, unless copying is asked for") {
    worker::HostGpu able = gpu("able", "discrete", "");
    able.import_way = worker::ImportWay::HostPointer;
    able.page_type_bits = 0b0100;
    able.host_visible_bits = 0b1100;
    worker::HostGpu unable = able;
    unable.import_way = worker::ImportWay::Copy;
    unable.page_type_bits = 0b1100;
    CHECK(decide_import(able, "auto").way == worker::ImportWay::HostPointer);
    CHECK(decide_import(able, "auto").page_type_bits == 0b0100);
    CHECK(decide_import(able, "hostptr").way == worker::ImportWay::HostPointer);
    CHECK(decide_import(able, "copy").way == worker::ImportWay::Copy);
    CHECK(decide_import(able, "copy").page_type_bits == 0b1100);
    CHECK(decide_import(unable, "auto").way == worker::ImportWay::Copy);
    CHECK_THROWS_AS(decide_import(unable, "hostptr"), SetupError);
}

TEST_CASE("a GPU without a Vulkan driver is told of, and one with a driver is not") {
    worker::HostReport report = machine();
    report.pci_gpus = {{"0000:01:00.0", "/dev/dri/renderD128", true},
                       {"0000:00:10.0", "/dev/dri/card1", false},
                       {"0000:03:00.0", "/dev/dri/renderD129", true}};
    const std::vector<std::string> sentences = describe_unserved(report);
    REQUIRE(sentences.size() == 2);
    CHECK_THAT(sentences[0], Contains("0000:00:10.0 (/dev/dri/card1)") && Contains("display only"));
    CHECK_THAT(sentences[1], Contains("0000:03:00.0") && Contains("Install its driver"));
}
