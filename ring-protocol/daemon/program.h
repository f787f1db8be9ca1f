// What a daemon does around its own work: its options, its log, and how it ends.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>

#include "base/unique_fd.h"

namespace CLI {
class App;
}

namespace vgpu::daemon {

// --log-level and --foreground, which every daemon has.
void add_common_options(CLI::App& app, std::string& log_level);

// False, and `exit_status`, when there is nothing more to do (--help, a wrong argument).
bool parse(CLI::App& app, int argc, char** argv, int& exit_status);

// Sets up log and signals and returns the exit status: that of `run`, or 1, with its text in the
// log, when it throws.
int run_program(const std::string& log_level, const std::function<int()>& run);

// The folder of a socket and its lock. What fails here fails with a better text at the lock file.
void make_folder_of(const std::string& path);

// As many as the administrator allows: every connection and context costs some.
void raise_descriptor_limit();

// Reads of the descriptor tell which of these signals came; they do nothing else from now on.
UniqueFd signal_fd(std::initializer_list<int> signals);

}  // namespace vgpu::daemon
