// The options of a program, with a readable --help.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

namespace vgpu::programs {

// Owned by main(). Declare the options, then parse; the references that the declarations return
// hold the values afterwards.
class CommandLine {
  public:
    CommandLine(std::string program, std::string summary)
        : program_(std::move(program)), summary_(std::move(summary)) {}

    bool& flag(const std::string& name, const std::string& help);
    std::uint32_t& number(const std::string& name, std::uint32_t preset, const std::string& help);
    std::string& text(const std::string& name, const std::string& placeholder,
                      const std::string& help);
    // What stands on the command line without a dash; at most one.
    std::string& operand(const std::string& placeholder, const std::string& help);

    // Prints the help and exits 0 for --help; says what is wrong and exits 2 for a mistake.
    void parse(int argc, char** argv);

  private:
    struct Option {
        std::string name, placeholder, help;
        bool on = false;
        std::uint32_t number = 0;
        std::string text;
        enum { kFlag, kNumber, kText, kOperand } kind = kFlag;
    };
    void print_help() const;
    [[noreturn]] void mistake(const std::string& what) const;
    Option* find(const std::string& name);
    void set(Option& option, const char* value);

    std::string program_, summary_;
    std::deque<Option> options_;  // a deque: references into it stay good while it grows
};

}  // namespace vgpu::programs
