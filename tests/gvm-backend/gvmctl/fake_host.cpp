// Machines made of maps.
#include "fake_host.h"

#include <set>
#include <sstream>

#include "gvmctl/command_line.h"

namespace vgpu::gvmctl {

std::optional<std::string> FakeMachine::file(const std::string& path) const {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
}

std::optional<FileFacts> FakeMachine::facts(const std::string& path) const {
    const auto node = nodes.find(path);
    if (node != nodes.end()) return node->second;
    if (files.count(path)) return FileFacts{FileFacts::Kind::File, 0644, 0};
    return folder(path).empty() ? std::nullopt
                                : std::optional(FileFacts{FileFacts::Kind::Folder, 0755, 0});
}

std::vector<std::string> FakeMachine::folder(const std::string& path) const {
    std::set<std::string> names;
    const auto add = [&](const std::string& each) {
        if (each.compare(0, path.size() + 1, path + "/") != 0) return;
        const std::string rest = each.substr(path.size() + 1);
        names.insert(rest.substr(0, rest.find('/')));
    };
    for (const auto& [each, text] : files) add(each);
    for (const auto& [each, facts] : nodes) add(each);
    return {names.begin(), names.end()};
}

CommandResult FakeMachine::run(const std::vector<std::string>& command) const {
    std::string line;
    for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
    ran.push_back(line);
    const auto found = commands.find(line);
    return found == commands.end() ? CommandResult{} : found->second;
}

FakeHost::FakeHost() {
    fake::reset_xenstore();
    fake::reset_hypervisor();
    fake::add_domain(3, "gvm");
    fake::add_domain(5, "dvm");
    fake::add_hypervisor_domain(0, "PV", 64);
    fake::add_hypervisor_domain(3, "HVM", 64);
    fake::add_hypervisor_domain(5, "PVH", 600);
}

Outcome FakeHost::gvmctl(const std::vector<std::string>& arguments) const {
    std::vector<const char*> words = {"gvmctl"};
    for (const std::string& each : arguments) words.push_back(each.c_str());
    std::ostringstream out, error;
    const int status = run(static_cast<int>(words.size()), words.data(), machine, out, error);
    return {status, out.str(), error.str()};
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace vgpu::gvmctl
