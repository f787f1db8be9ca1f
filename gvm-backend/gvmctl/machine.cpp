// The machine as it is.
#include "gvmctl/machine.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/unique_fd.h"

extern char** environ;

namespace vgpu::gvmctl {

namespace {

FileFacts::Kind kind_of(mode_t mode) {
    if (S_ISREG(mode)) return FileFacts::Kind::File;
    if (S_ISDIR(mode)) return FileFacts::Kind::Folder;
    if (S_ISCHR(mode)) return FileFacts::Kind::Character;
    if (S_ISSOCK(mode)) return FileFacts::Kind::Socket;
    return FileFacts::Kind::Other;
}

std::string read_all(int fd) {
    std::string text;
    char buffer[4096];
    for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, got);
    return text;
}

int spawn(const std::vector<std::string>& command, int output, pid_t& child) {
    std::vector<char*> arguments;
    for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, output, 2);
    const int error =
        ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

}  // namespace

std::optional<std::string> RealMachine::file(const std::string& path) const {
    std::ifstream stream(path, std::ios::binary);
    if (!stream || std::filesystem::is_directory(path)) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

std::optional<FileFacts> RealMachine::facts(const std::string& path) const {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return FileFacts{kind_of(status.st_mode), status.st_mode & 07777u, status.st_uid};
}

std::vector<std::string> RealMachine::folder(const std::string& path) const {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& each : std::filesystem::directory_iterator(path, error)) {
        names.push_back(each.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
}

CommandResult RealMachine::run(const std::vector<std::string>& command) const {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return {};
    UniqueFd ours(ends[0]), theirs(ends[1]);
    pid_t child = 0;
    if (spawn(command, theirs.get(), child) != 0) return {};
    theirs.reset();
    CommandResult result;
    result.output = read_all(ours.get());
    int status = 0;
    if (::waitpid(child, &status, 0) == child) {
        result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return result;
}

}  // namespace vgpu::gvmctl
