// Starts clients and talks to them by pipes.
#include "clients.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace vgpu::bench {

namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

struct Pipe {
    int ends[2];
    Pipe() {
        if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("There are no pipes left.");
    }
};

// One client. Its end of the pipes closes with it, so that a client that dies is seen as such.
class Client {
  public:
    explicit Client(const Options& options) {
        const Pipe to_client, from_client;
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, to_client.ends[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, from_client.ends[1], STDOUT_FILENO);
        const std::string seconds = std::to_string(options.seconds);
        const char* arguments[] = {"vgpu-bench",    options.row.c_str(), "--seconds",
                                   seconds.c_str(), "--client",          nullptr};
        const int error = posix_spawn(&process_, "/proc/self/exe", &actions, nullptr,
                                      const_cast<char**>(arguments), environ);
        posix_spawn_file_actions_destroy(&actions);
        close(to_client.ends[0]);
        close(from_client.ends[1]);
        input_.reset(fdopen(to_client.ends[1], "w"));
        output_.reset(fdopen(from_client.ends[0], "r"));
        if (error != 0) throw std::runtime_error("A client does not start.");
    }
    ~Client() {
        input_.reset();
        int status = 0;
        waitpid(process_, &status, 0);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void wait_until_ready() { static_cast<void>(read_line()); }
    void start() {
        std::fputc('\n', input_.get());
        std::fflush(input_.get());
    }
    double value() {
        const std::string line = read_line();
        const std::size_t at = line.find("\"value\": ");
        if (at == std::string::npos) throw std::runtime_error("A client says: " + line);
        return std::strtod(line.c_str() + at + 9, nullptr);
    }

  private:
    std::string read_line() {
        char line[4096];
        if (std::fgets(line, sizeof line, output_.get()) == nullptr)
            throw std::runtime_error("A client ends before it has measured anything.");
        return line;
    }
    pid_t process_ = 0;
    File input_, output_;
};

}  // namespace

Result measure_clients(const Options& options) {
    std::vector<std::unique_ptr<Client>> clients;
    for (std::uint32_t i = 0; i < options.clients; ++i)
        clients.push_back(std::make_unique<Client>(options));
    for (auto& client : clients) client->wait_until_ready();
    for (auto& client : clients) client->start();
    Result sum;
    for (auto& client : clients) sum.value += client->value();
    sum.more["clients"] = options.clients;
    return sum;
}

}  // namespace vgpu::bench
