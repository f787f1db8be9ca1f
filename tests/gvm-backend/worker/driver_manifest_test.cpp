// Which drivers' manifests there are, by the loader's variables and folders.
#include "worker/driver_manifest.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/catch.h"

using namespace vgpu::worker;

namespace {

using Paths = std::vector<std::string>;

// A folder of manifests, and an environment that names nothing else.
class Folder {
  public:
    Folder() : path_("/tmp/vgpu-manifests-" + std::to_string(::getpid())) {
        std::filesystem::create_directories(path_ + "/vulkan/icd.d");
        for (const char* name : {"b_icd.json", "a_icd.json", "a_icd.json.dpkg-new"})
            std::ofstream(icd(name)) << "{}";
        for (const char* name : {"VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"})
            ::unsetenv(name);
        ::setenv("XDG_CONFIG_DIRS", "/nowhere", 1);
        ::setenv("XDG_DATA_DIRS", path_.c_str(), 1);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string icd(const std::string& name) const { return path_ + "/vulkan/icd.d/" + name; }
    std::string folder() const { return path_ + "/vulkan/icd.d"; }

  private:
    const std::string path_;
};

// This machine may have some in /etc.
Paths without_etc(const Paths& manifests) {
    Paths left;
    for (const std::string& manifest : manifests)
        if (manifest.find("/etc/") == std::string::npos) left.push_back(manifest);
    return left;
}

}  // namespace

TEST_CASE("manifests are found where the loader finds them") {
    const Folder folder;
    const Paths both{folder.icd("a_icd.json"), folder.icd("b_icd.json")};
    CHECK(without_etc(driver_manifests()) == both);
    ::setenv("VK_ADD_DRIVER_FILES", folder.icd("b_icd.json").c_str(), 1);
    CHECK(without_etc(driver_manifests()) == Paths{both[1], both[0], both[1]});
}

TEST_CASE("the loader's variables go before its folders") {
    const Folder folder;
    ::setenv("VK_ICD_FILENAMES", folder.icd("b_icd.json").c_str(), 1);
    CHECK(driver_manifests() == Paths{folder.icd("b_icd.json")});
    ::setenv("VK_DRIVER_FILES", (folder.icd("a_icd.json") + ":/not/there.json").c_str(), 1);
    CHECK(driver_manifests() == Paths{folder.icd("a_icd.json")});
    ::setenv("VK_DRIVER_FILES", folder.folder().c_str(), 1);
    CHECK(driver_manifests() == Paths{folder.icd("a_icd.json"), folder.icd("b_icd.json")});
}

TEST_CASE("a driver that is used alone is the only one") {
    const Folder folder;
    ::setenv("VK_ADD_DRIVER_FILES", folder.icd("b_icd.json").c_str(), 1);
    use_driver_alone(folder.icd("a_icd.json"));
    CHECK(driver_manifests() == Paths{folder.icd("a_icd.json")});
}
