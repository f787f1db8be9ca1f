// The configs parse as xl parses them, and the numbers in their comments are those of the code.
extern "C" {
#include <libxlutil.h>
}

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gvmctl/grants.h"
#include "gvmctl/xl_config.h"
#include "tests/catch.h"
#include "transport/xen/tuning.h"

using namespace vgpu;
using namespace vgpu::gvmctl;

namespace {

const std::string kFolder = VGPU_XL_CONFIGS;

// One space for each run of them and of line marks, so that sentences are found over lines.
std::string words_of(const std::string& name) {
    std::ifstream stream(kFolder + "/" + name);
    std::string words;
    for (std::istreambuf_iterator<char> c(stream), end; c != end; ++c) {
        const bool blank = *c == ' ' || *c == '\n' || *c == '#';
        if (!blank) words += *c;
        if (blank && !words.empty() && words.back() != ' ') words += ' ';
    }
    return words;
}

long number_in(const std::string& name, const char* key) {
    XLU_Config* config = xlu_cfg_init(stderr, name.c_str());
    long value = -1;
    REQUIRE(xlu_cfg_readfile(config, (kFolder + "/" + name).c_str()) == 0);
    CHECK(xlu_cfg_get_long(config, key, &value, 0) == 0);
    xlu_cfg_destroy(config);
    return value;
}

void check_says(const std::string& name, const std::string& sentence) {
    INFO(name << " should say: " << sentence);
    CHECK(words_of(name).find(sentence) != std::string::npos);
}

std::string text(std::uint64_t number) {
    return std::to_string(number);
}

std::string shared_by(std::uint64_t frames) {
    return text(frames) + " grant frames x " + text(transport::xen::kGrantsPerFrame) +
           " references x 4 KiB = " + text(mib_of_grant_frames(frames)) + " MiB";
}

std::string pages_of(std::uint64_t bytes) {
    return text(bytes / ring::kPageBytes) + " pages (" + text(bytes / 1024) + " KiB)";
}

}  // namespace

TEST_CASE("every config parses, and those of DVMs ask for a vgpu device") {
    int count = 0;
    for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
        if (file.path().extension() != ".cfg") continue;
        ++count;
        INFO(file.path());
        const XlConfig config = read_xl_config(file.path());
        const bool dvm = file.path().filename().string().compare(0, 3, "dvm") == 0;
        CHECK(config.name == (dvm ? "dvm" : "gvm"));
        REQUIRE(config.devices.size() == (dvm ? 1 : 0));
        if (dvm) CHECK(config.devices[0].backend == "gvm");
    }
    CHECK(count == 4);
}

TEST_CASE("what a DVM can share is computed in its config") {
    for (const char* name : {"dvm-pvh.cfg", "dvm-pv.cfg"}) {
        const long frames = number_in(name, "max_grant_frames");
        check_says(name, shared_by(frames));
        check_says(name,
                   "limit must be " + text(frames * transport::xen::kGrantsPerFrame) + " pages");
        CHECK(mib_of_grant_frames(frames) * 2 <=
              static_cast<std::uint64_t>(number_in(name, "memory")));
    }
    const long frames = number_in("dvm-pvh.cfg", "max_grant_frames");
    check_says("dvm-pvh.cfg", "gnttab_max_frames=" + text(frames));
    check_says("dvm/modprobe.conf",
               "xen-gntalloc limit=" + text(frames * transport::xen::kGrantsPerFrame));
    check_says("dvm/modprobe.conf", text(frames) + " of them");
    check_says("dvm-pvh.cfg", "Xen's own " + text(kFewGrantFrames) + " frames (" +
                                  text(mib_of_grant_frames(kFewGrantFrames)) + " MiB)");
}

TEST_CASE("what a context costs is computed in the DVM's config") {
    const char* const name = "dvm-pvh.cfg";
    check_says(name, "link " + text(transport::xen::kLinkRingPages + 1) + " pages");
    check_says(name, "a context (a Vulkan instance) " + pages_of(context_bytes(0)));
    check_says(name, "channels " + pages_of(context_bytes(1) - context_bytes(0)));
    check_says(name, "one thread " + pages_of(context_bytes(1)));
    check_says(name, "the most, " + text(ring::kMaxChannels) + " channels " +
                         pages_of(context_bytes(ring::kMaxChannels)));
    const std::uint64_t taken = grant_frames_for(64 * context_bytes(4));
    const std::uint64_t rest = number_in(name, "max_grant_frames") - taken;
    check_says(name, "64 contexts of 4 channels take " + text(taken) + " grant frames, and " +
                         text(rest) + " remain: " + text(mib_of_grant_frames(rest)) + " MiB");
}

TEST_CASE("what a GVM maps is computed in its config") {
    const long dvm = number_in("dvm-pvh.cfg", "max_grant_frames");
    for (const bool paravirtual : {false, true}) {
        const std::string name = paravirtual ? "gvm-pv.cfg" : "gvm-hvm.cfg";
        const std::uint64_t frames = maptrack_frames_for(2 * dvm, paravirtual);
        const std::uint64_t mappings = frames * kMappingsPerFrame;
        CHECK(number_in(name, "max_maptrack_frames") == static_cast<long>(frames));
        check_says(name, "2 DVMs x " + text(dvm) + " grant frames x 512 references " +
                             (paravirtual ? "x 2 " : "") + "= " + text(mappings) + " mappings");
        check_says(name, text(mappings) + " mappings / " + text(kMappingsPerFrame) +
                             " in a maptrack frame = " + text(frames) + " maptrack frames");
        check_says(name, "gnttab_max_maptrack_frames=" + text(frames));
        check_says(name, "gnttab_max_frames=" + text(dvm));
    }
    check_says("gvm-hvm.cfg", "A DVM more is " + text(maptrack_frames_for(dvm, false)) + " more");
    check_says("gvm/modprobe.conf", "xen-gntdev limit=" + text(transport::xen::kMaxRegionPages));
    check_says("gvm/modprobe.conf", text(transport::xen::kMaxRegionPages) + " pages (" +
                                        text(transport::xen::kMaxRegionPages / 262144) + " GiB)");
}

TEST_CASE("the keys in the DVM's config have the defaults and ranges of the table") {
    for (const auto& key : transport::xen::tuning_keys()) {
        const std::string words = words_of("dvm-pvh.cfg");
        const std::size_t at = words.find(std::string(key.name) + " ");
        INFO(key.name);
        REQUIRE(at != std::string::npos);
        const std::string about = words.substr(at, 110);
        const std::string range = key.range;
        const std::string in_brackets = std::string(1, '(') + key.default_value + ')';
        if (*key.default_value) CHECK(about.find(in_brackets) != about.npos);
        if (range[0] >= '0' && range[0] <= '9') CHECK(about.find(range) != about.npos);
    }
}
