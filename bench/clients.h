// Several processes of this program on one driver at the same time, told by pipes what to do.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "measure.h"

namespace vgpu::bench {

// One client: a copy of this program that measures a row once it is told to start. Its end of the
// pipes closes with it, so that a client that dies is seen as such. A client that is destroyed
// before it was started ends by itself.
class Client {
  public:
    Client(const std::string& row, double seconds);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void wait_until_ready() { static_cast<void>(read_line()); }
    void start();
    // Waits for what it prints.
    Result result();

  private:
    struct CloseFile {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    using File = std::unique_ptr<std::FILE, CloseFile>;

    std::string read_line();

    pid_t process_ = 0;
    File input_, output_;
};

using Clients = std::vector<std::unique_ptr<Client>>;

// `count` clients of a row that calls wait_for_start(), each ready to begin.
Clients ready_clients(const std::string& row, std::uint32_t count, double seconds);

// Starts options.clients of them, lets them go together, and adds their values up.
Result measure_clients(const Options& options);

}  // namespace vgpu::bench
