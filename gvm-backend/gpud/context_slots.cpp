// The files and their locks.
#include "gpud/context_slots.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/setup_error.h"

namespace vgpu::gpud {

ContextSlots::ContextSlots(std::string directory) : directory_(std::move(directory)) {
    if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) {
        throw SetupError(
            "The directory " + directory_ + " cannot be made: " + std::strerror(errno) + ".",
            "Choose a --socket in a directory that gvm-gpud may write.");
    }
}

std::string ContextSlots::path(std::uint32_t index) const {
    return directory_ + "/" + std::to_string(index);
}

UniqueFd ContextSlots::try_lock(std::uint32_t index, int flags) const {
    UniqueFd file(::open(path(index).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) file.reset();
    return file;
}

std::optional<ContextSlots::Slot> ContextSlots::take(std::uint32_t max) const {
    for (std::uint32_t index = 0; index < max; ++index) {
        // The worker gets this descriptor, so it must not be able to write.
        if (UniqueFd file = try_lock(index, O_CREAT)) return Slot{index, std::move(file)};
    }
    return std::nullopt;
}

void ContextSlots::note_holder(const Slot& slot, pid_t pid) const {
    std::ofstream(path(slot.index), std::ios::trunc) << pid << '\n';
}

std::vector<ContextSlots::Holder> ContextSlots::holders() const {
    std::vector<Holder> all;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
        const std::string name = entry.path().filename();
        if (name.empty() || name.find_first_not_of("0123456789") != std::string::npos) continue;
        const auto index = static_cast<std::uint32_t>(std::strtoul(name.c_str(), nullptr, 10));
        if (try_lock(index, 0)) continue;
        pid_t pid = 0;
        std::ifstream(entry.path()) >> pid;
        if (pid > 0) all.push_back({index, pid});
    }
    return all;
}

}  // namespace vgpu::gpud
