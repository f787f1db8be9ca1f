// The key vgpu of xl config files: read as xl reads files, attached at create and by watch.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <sstream>
#include "base/setup_error.h"

#include "fake_host.h"
#include "gvmctl/command_line.h"
#include "gvmctl/xl_config.h"
#include "tests/catch.h"

using namespace vgpu::gvmctl;
namespace fake = vgpu::fake;

namespace {

// A folder of config files that is gone afterwards.
class Folder {
  public:
    Folder() : path_(std::filesystem::temp_directory_path() / "gvmctl-test-XXXXXX") {
        path_ = ::mkdtemp(path_.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }

    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ + "/" + name) << text;
        return path_ + "/" + name;
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

std::string error_of(const std::string& spec) {
    try {
        parse_spec(spec);
        return "";
    } catch (const vgpu::SetupError& error) {
        return error.what();
    }
}

struct NewHost : FakeHost {
    Folder folder;
    std::string config;

    explicit NewHost(const std::string& text) : config(folder.write("new.cfg", text)) {
        machine.commands["xl create -p " + config] = {0, ""};
        machine.commands["xl unpause new"] = {0, ""};
    }
};

// The domain comes into being before create looks for it a second time.
class XlMachine : public FakeMachine {
  public:
    CommandResult run(const std::vector<std::string>& command) const override {
        const CommandResult result = FakeMachine::run(command);
        if (command[1] == "create" && result.status == 0) {
            fake::add_domain(7, "new");
            fake::add_hypervisor_domain(7, "PVH", 128);
        }
        return result;
    }
};

}  // namespace

TEST_CASE("a string of the key vgpu names a back end and settings, with commas in features") {
    const VgpuSpec spec = parse_spec(
        " backend=gpuvm, memory-limit-mb=100,features=-VK_NV_*,"
        "+VK_KHR_*,contexts-max=3");
    CHECK(spec.backend == "gpuvm");
    REQUIRE(spec.settings.size() == 3);
    CHECK(spec.settings[0] == Setting{"memory-limit-mb", "100"});
    CHECK(spec.settings[1] == Setting{"features", "-VK_NV_*,+VK_KHR_*"});
    CHECK(spec.settings[2] == Setting{"contexts-max", "3"});
    CHECK(parse_spec("").backend == "gvm");
}

TEST_CASE("a string that makes no sense is refused with its piece") {
    CHECK(contains(error_of("gvm"), "\"gvm\" sets nothing"));
    CHECK(contains(error_of("backend=gvm,=3"), "\"=3\" sets nothing"));
    CHECK(contains(error_of("backend=gvm,speed=9"), "There is no key \"speed\""));
    CHECK(contains(error_of("contexts-max=0"), "contexts-max cannot be \"0\""));
    CHECK(contains(error_of("-VK_NV_*"), "sets nothing"));
}

TEST_CASE("config files are read as xl reads them") {
    const Folder folder;
    const XlConfig config = read_xl_config(folder.write("a.cfg", R"(
# a comment
name = "dvm" ; type = "pvh"
memory = 1024
vgpu = [ 'backend=gvm',   # trailing comma and comment
         "backend=other,log-level=debug", ]
)"));
    CHECK(config.name == "dvm");
    REQUIRE(config.devices.size() == 2);
    CHECK(config.devices[1].backend == "other");
    CHECK(read_xl_config(folder.write("b.cfg", "name='x'\n")).devices.empty());
}

TEST_CASE("a config file is refused wherever it is cut off, or is read without the key") {
    const Folder folder;
    const std::string text = "name = 'dvm'\nvgpu = [ 'backend=gvm,contexts-max=3' ]\n";
    for (std::size_t length = 0; length < text.size(); ++length) {
        const std::string path = folder.write("cut.cfg", text.substr(0, length));
        INFO(text.substr(0, length));
        try {
            const XlConfig config = read_xl_config(path);
            // Only whole settings are read; the last newline may be missing.
            const bool whole = length >= text.size() - 1;
            CHECK(config.devices.size() == (whole ? 1 : 0));
        } catch (const vgpu::SetupError& error) {
            CHECK(contains(error.what(), path));
            CHECK(contains(error.what(), "xl create -n"));
        }
    }
}

TEST_CASE("a config file that is missing, or whose vgpu is no list, is refused") {
    const Folder folder;
    CHECK_THROWS_AS(read_xl_config(folder.path() + "/none.cfg"), vgpu::SetupError);
    CHECK_THROWS_AS(read_xl_config(folder.write("a.cfg", "vgpu = 3\n")), vgpu::SetupError);
    CHECK_THROWS_AS(read_xl_config(folder.write("b.cfg", "vgpu = 'x'\n")), vgpu::SetupError);
    CHECK_THROWS_AS(read_xl_config(folder.write("c.cfg", "vgpu = [ [ 'x' ] ]\n")),
                    vgpu::SetupError);
}

TEST_CASE("create starts the domain paused, attaches its device, and lets it run") {
    NewHost host("name='new'\nvgpu=['backend=gvm,contexts-max=3']\n");
    XlMachine machine;
    machine.commands = host.machine.commands;
    host.machine.commands.clear();
    std::ostringstream out, error;
    const char* words[] = {"gvmctl", "create", host.config.c_str()};
    CHECK(run(3, words, machine, out, error) == 0);
    INFO(error.str());
    CHECK(machine.ran == std::vector<std::string>{"xl create -p " + host.config, "xl unpause new"});
    CHECK(fake::read_node("/local/domain/3/backend/vgpu/7/0/contexts-max") == "3");
    CHECK(fake::read_node("/local/domain/7/device/vgpu/0/grant-frames-max") == "128");
}

TEST_CASE("a device that watch has attached already is as good") {
    NewHost host("name='elsewhere'\nvgpu=['backend=gvm']\n");
    CHECK(host.gvmctl({"attach", "dvm", "--config", host.config}).status == 0);
    const Outcome again = host.gvmctl({"attach", "dvm", "--config", host.config});
    CHECK(again.status == 0);
    CHECK(contains(again.out, "attached already"));
    CHECK(host.gvmctl({"attach", "dvm", "--config", host.config, "--gvm", "x"}).status == 2);
}

TEST_CASE("create starts nothing when the file, a setting or a GVM is not good") {
    for (const std::string text :
         {"name='new'\n", "vgpu=['backend=gvm']\n", "name='new'\nvgpu=['backend=nobody']\n",
          "name='new'\nvgpu=['backend=gvm,contexts-max=0']\n", "name='new'\nvgpu=[\n",
          "name='dvm'\nvgpu=['backend=gvm']\n"}) {
        const NewHost host(text);
        const Outcome outcome = host.gvmctl({"create", host.config});
        INFO(text << outcome.error);
        CHECK(outcome.status == 1);
        CHECK(host.machine.ran.empty());
    }
}

TEST_CASE("create tells what xl says when the domain does not start") {
    NewHost host("name='new'\nvgpu=['backend=gvm']\n");
    host.machine.commands["xl create -p " + host.config] = {3, "no memory"};
    CHECK(contains(host.gvmctl({"create", host.config}).error, "status 3: no memory"));
    host.machine.commands.clear();
    CHECK(contains(host.gvmctl({"create", host.config}).error, "Install xen-utils"));
}

TEST_CASE("create lets the domain run when its device cannot be attached, and says so") {
    NewHost host("name='new'\nvgpu=['backend=gvm']\n");  // whose xl makes no domain
    const Outcome outcome = host.gvmctl({"create", host.config});
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.error, "runs, but without its GPU"));
    CHECK(host.machine.ran.back() == "xl unpause new");
}

TEST_CASE("watch attaches what config files ask for and removes what is left over") {
    NewHost host("name='dvm'\nvgpu=['backend=gvm']\n");
    host.machine.files[host.config] = "";  // as far as the machine lists it
    const std::vector<std::string> once = {"watch", "--once", "--configs", host.folder.path()};
    CHECK(contains(host.gvmctl(once).out, "is attached to gvm"));
    CHECK(host.gvmctl(once).out.empty());
    fake::remove_domain(3);
    CHECK(contains(host.gvmctl(once).out, "is detached"));
    CHECK(fake::nodes_below(kFrontend).empty());
    fake::add_domain(8, "gvm");
    CHECK(contains(host.gvmctl(once).out, "is attached to gvm (8)"));
    fake::remove_domain(5);
    fake::write_node("/local/domain/8/backend/vgpu/5/0/state", "6");
    CHECK(contains(host.gvmctl(once).out, "is detached"));
    CHECK(fake::nodes_below("/local/domain/8/backend/vgpu/5").empty());
    // Of a DVM whose device gvm-gpud has removed before.
    fake::write_node("/local/domain/8/backend/vgpu/7", "");
    CHECK(host.gvmctl(once).out.empty());
    CHECK_FALSE(fake::read_node("/local/domain/8/backend/vgpu/7"));
}

TEST_CASE("watch goes on where one file is bad") {
    NewHost host("name='dvm'\nvgpu=['backend=gvm']\n");
    host.machine.files[host.config] = "";
    host.machine.files[host.folder.write("bad.cfg", "vgpu = [\n")] = "";
    const Outcome outcome = host.gvmctl({"watch", "--once", "--configs", host.folder.path()});
    CHECK(outcome.status == 0);
    CHECK(contains(outcome.out, "bad.cfg cannot be used"));
    CHECK(contains(outcome.out, "is attached to gvm"));
}
