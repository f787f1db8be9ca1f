// Starts clients and talks to them by pipes.
#include "clients.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace vgpu::bench {

namespace {

struct Pipe {
    int ends[2];
    Pipe() {
        if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("There are no pipes left.");
    }
};

// The numbers of a line that print_json() of main.cpp has written; texts are left out.
std::map<std::string, double> numbers_of(const std::string& line) {
    std::map<std::string, double> numbers;
    for (std::size_t at = line.find('"'); at != std::string::npos; at = line.find('"', at)) {
        const std::size_t end = line.find("\": ", at + 1);
        if (end == std::string::npos) break;
        const char* const text = line.c_str() + end + 3;
        char* rest = nullptr;
        const double number = std::strtod(text, &rest);
        if (rest != text) numbers[line.substr(at + 1, end - at - 1)] = number;
        at = line.find(", ", end);
        if (at == std::string::npos) break;
    }
    return numbers;
}

}  // namespace

Client::Client(const std::string& row, double seconds) {
    const Pipe to_client, from_client;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to_client.ends[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from_client.ends[1], STDOUT_FILENO);
    const std::string seconds_text = std::to_string(seconds);
    const char* arguments[] = {"vgpu-bench",         row.c_str(), "--seconds",
                               seconds_text.c_str(), "--client",  nullptr};
    const int error = posix_spawn(&process_, "/proc/self/exe", &actions, nullptr,
                                  const_cast<char**>(arguments), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(to_client.ends[0]);
    close(from_client.ends[1]);
    input_.reset(fdopen(to_client.ends[1], "w"));
    output_.reset(fdopen(from_client.ends[0], "r"));
    if (error != 0) throw std::runtime_error("A client does not start.");
}

Client::~Client() {
    input_.reset();
    if (process_ == 0) return;
    int status = 0;
    waitpid(process_, &status, 0);
}

void Client::start() {
    std::fputc('\n', input_.get());
    std::fflush(input_.get());
}

Result Client::result() {
    const std::string line = read_line();
    Result result;
    result.more = numbers_of(line);
    const auto value = result.more.extract("value");
    if (value.empty()) throw std::runtime_error("A client says: " + line);
    result.value = value.mapped();
    return result;
}

std::string Client::read_line() {
    char line[4096];
    if (std::fgets(line, sizeof line, output_.get()) == nullptr)
        throw std::runtime_error("A client ends before it has measured anything.");
    return line;
}

Clients ready_clients(const std::string& row, std::uint32_t count, double seconds) {
    Clients clients;
    for (std::uint32_t i = 0; i < count; ++i)
        clients.push_back(std::make_unique<Client>(row, seconds));
    for (auto& client : clients) client->wait_until_ready();
    return clients;
}

Result measure_clients(const Options& options) {
    const Clients clients = ready_clients(options.row, options.clients, options.seconds);
    for (auto& client : clients) client->start();
    Result sum;
    for (auto& client : clients) sum.value += client->result().value;
    sum.more["clients"] = options.clients;
    return sum;
}

}  // namespace vgpu::bench
