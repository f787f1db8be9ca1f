// The loader's folders and variables.
#include "worker/driver_manifest.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace vgpu::worker {

namespace {

namespace filesystem = std::filesystem;

std::string variable(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

std::vector<std::string> parts(const std::string& list) {
    std::vector<std::string> found;
    std::istringstream text(list);
    for (std::string part; std::getline(text, part, ':');)
        if (!part.empty()) found.push_back(part);
    return found;
}

// A file, or all manifests in a folder.
void add_manifests(const filesystem::path& path, std::vector<std::string>& manifests) {
    std::error_code gone;
    if (!filesystem::is_directory(path, gone)) {
        if (filesystem::exists(path, gone)) manifests.push_back(path);
        return;
    }
    std::vector<std::string> inside;
    for (const auto& entry : filesystem::directory_iterator(path, gone))
        if (entry.path().extension() == ".json") inside.push_back(entry.path());
    std::sort(inside.begin(), inside.end());
    manifests.insert(manifests.end(), inside.begin(), inside.end());
}

}  // namespace

std::vector<std::string> driver_manifests() {
    std::vector<std::string> manifests;
    const std::string files = variable("VK_DRIVER_FILES", variable("VK_ICD_FILENAMES", "").c_str());
    if (!files.empty()) {
        for (const std::string& file : parts(files)) add_manifests(file, manifests);
        return manifests;
    }
    for (const std::string& added : parts(variable("VK_ADD_DRIVER_FILES", "")))
        add_manifests(added, manifests);
    const std::string folders = variable("XDG_CONFIG_DIRS", "/etc/xdg") + ":/usr/local/etc:/etc:" +
                                variable("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
    for (const std::string& folder : parts(folders))
        add_manifests(filesystem::path(folder) / "vulkan/icd.d/", manifests);
    return manifests;
}

void use_driver_alone(const std::string& manifest) {
    ::setenv("VK_DRIVER_FILES", manifest.c_str(), 1);
    ::setenv("VK_ICD_FILENAMES", manifest.c_str(), 1);
    ::unsetenv("VK_ADD_DRIVER_FILES");
}

}  // namespace vgpu::worker
