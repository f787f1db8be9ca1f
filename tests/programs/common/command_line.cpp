// Reads options from argv.
#include "common/command_line.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace vgpu::programs {

bool& CommandLine::flag(const std::string& name, const std::string& help) {
    return options_.emplace_back(Option{name, "", help, false, 0, "", Option::kFlag}).on;
}

std::uint32_t& CommandLine::number(const std::string& name, std::uint32_t preset,
                                   const std::string& help) {
    const std::string text = help + " (" + std::to_string(preset) + ")";
    return options_.emplace_back(Option{name, "N", text, false, preset, "", Option::kNumber})
        .number;
}

std::string& CommandLine::text(const std::string& name, const std::string& placeholder,
                               const std::string& help) {
    return options_.emplace_back(Option{name, placeholder, help, false, 0, "", Option::kText}).text;
}

std::string& CommandLine::operand(const std::string& placeholder, const std::string& help) {
    return options_.emplace_back(Option{"", placeholder, help, false, 0, "", Option::kOperand})
        .text;
}

void CommandLine::parse(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--help" || name == "-h") {
            print_help();
            std::exit(0);
        }
        Option* option = find(name[0] == '-' ? name : "");
        if (option == nullptr) mistake("There is no option '" + name + "'.");
        if (option->kind == Option::kFlag) {
            option->on = true;
        } else if (option->kind == Option::kOperand) {
            set(*option, argv[i]);
        } else {
            if (i + 1 == argc) mistake(name + " wants a value.");
            set(*option, argv[++i]);
        }
    }
}

CommandLine::Option* CommandLine::find(const std::string& name) {
    auto found = std::find_if(options_.begin(), options_.end(),
                              [&](const Option& option) { return option.name == name; });
    return found == options_.end() ? nullptr : &*found;
}

void CommandLine::set(Option& option, const char* value) {
    if (option.kind != Option::kNumber) {
        option.text = value;
        return;
    }
    char* end = nullptr;
    const unsigned long number = std::strtoul(value, &end, 0);
    if (end == value || *end != '\0' || number > UINT32_MAX)
        mistake(option.name + " wants a number, not '" + value + "'.");
    option.number = static_cast<std::uint32_t>(number);
}

void CommandLine::print_help() const {
    std::printf("Usage: %s [OPTION]...", program_.c_str());
    for (const Option& option : options_)
        if (option.kind == Option::kOperand) std::printf(" [%s]", option.placeholder.c_str());
    std::printf("\n%s\n\n", summary_.c_str());
    for (const Option& option : options_) {
        const bool spaced = !option.name.empty() && !option.placeholder.empty();
        const std::string left = option.name + (spaced ? " " : "") + option.placeholder;
        std::printf("  %-18s %s\n", left.c_str(), option.help.c_str());
    }
    std::printf("  %-18s %s\n", "--help", "print this and exit");
}

void CommandLine::mistake(const std::string& what) const {
    std::fprintf(stderr, "%s: %s Try '%s --help'.\n", program_.c_str(), what.c_str(),
                 program_.c_str());
    std::exit(2);
}

}  // namespace vgpu::programs
