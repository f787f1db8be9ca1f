// One function for each command; CLI11 names them.
#include "gvmctl/command_line.h"

#include <poll.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <set>

#include "base/setup_error.h"
#include "gvmctl/attach.h"
#include "gvmctl/create.h"
#include "gvmctl/doctor/doctor.h"
#include "gvmctl/show.h"
#include "gvmctl/tune.h"

#ifndef VGPU_VERSION
#define VGPU_VERSION "0"
#endif

namespace vgpu::gvmctl {

namespace {

struct Arguments {
    std::string dvm, gvm = "gvm", config, place;
    std::vector<std::string> words;  // KEY or KEY=VALUE
    std::vector<std::string> folders = {"/etc/xen", "/etc/xen/auto"};
    unsigned number = 0, timeout_s = 10;
    bool json = false, force = false, once = false;
};

std::vector<Setting> settings_of(const Arguments& arguments) {
    std::vector<Setting> settings;
    for (const std::string& each : arguments.words) settings.push_back(parse_setting(each));
    return settings;
}

class Commands {
  public:
    Commands(Arguments& arguments, const Machine& machine, std::ostream& out)
        : arguments_(arguments), machine_(machine), out_(out) {}

    int attach() const {
        Xenstore store;
        const Hypervisor hypervisor;
        if (!arguments_.config.empty()) {
            return print(attach_config(store, hypervisor, arguments_.dvm, arguments_.config));
        }
        return print(gvmctl::attach(
            store, hypervisor,
            {arguments_.dvm, arguments_.gvm, arguments_.number, settings_of(arguments_)}));
    }
    int detach() const {
        Xenstore store;
        return print(gvmctl::detach(store, {arguments_.dvm, arguments_.number, arguments_.force,
                                            std::chrono::seconds(arguments_.timeout_s)}));
    }
    int create() const {
        Xenstore store;
        return print(gvmctl::create(store, Hypervisor(), machine_, arguments_.config));
    }
    int list() const { return print(gvmctl::list(Xenstore())); }
    int show() const {
        const Xenstore store;
        return print(gvmctl::show(store, device(store)));
    }
    int set() const {
        Xenstore store;
        return print(gvmctl::set(store, device(store), settings_of(arguments_)));
    }
    int get() const {
        const Xenstore store;
        return print(gvmctl::get(store, device(store), arguments_.words));
    }
    int unset() const {
        Xenstore store;
        return print(gvmctl::unset(store, device(store), arguments_.words));
    }
    int doctor() const { return print(gvmctl::doctor(machine_, parse_place(arguments_.place))); }
    int top() const;
    int watch() const;

  private:
    Device device(const Xenstore& store) const {
        return need_device(store, arguments_.dvm, arguments_.number);
    }
    int print(const Answer& answer) const {
        out_ << (arguments_.json ? answer.data.dump(2) + "\n" : answer.text) << std::flush;
        return answer.status;
    }

    Arguments& arguments_;
    const Machine& machine_;
    std::ostream& out_;
};

// Until it is interrupted, or once. With --json one line for each look.
int Commands::top() const {
    const Xenstore store;
    if (arguments_.once) return print(counters(store));
    sigset_t none;
    sigemptyset(&none);
    for (const timespec second{1, 0}; out_;) {
        const Answer answer = counters(store);
        out_ << (arguments_.json ? answer.data.dump() + "\n" : "\x1b[H\x1b[J" + answer.text)
             << std::flush;
        ::ppoll(nullptr, 0, &second, &none);
    }
    return 0;
}

// Looks at all domains when one comes or goes. What stays wrong is said once.
int Commands::watch() const {
    Xenstore store, events;  // two, as a detach consumes the events of its own connection
    const Hypervisor hypervisor;
    events.watch("@introduceDomain");
    events.watch("@releaseDomain");
    std::set<std::string> said;
    do {
        std::set<std::string> now;
        keep_attached(store, hypervisor, machine_, arguments_.folders,
                      [&](const std::string& text) {
                          const std::string line = text.substr(0, text.find_last_not_of('\n') + 1);
                          now.insert(line);
                          if (!said.count(line)) out_ << line << std::endl;
                      });
        said = std::move(now);
    } while (!arguments_.once && (events.wait_for_change(std::chrono::milliseconds(-1)), true));
    return 0;
}

using Chosen = std::function<int()>;

CLI::App* command(CLI::App& app, const char* name, const char* text, Chosen& chosen, Chosen work) {
    CLI::App* const one = app.add_subcommand(name, text);
    one->callback([&chosen, work] { chosen = work; });
    return one;
}

void name_device(CLI::App* app, Arguments& arguments) {
    app->add_option("DVM", arguments.dvm, "The guest without a GPU, by name or number")->required();
    app->add_option("--device", arguments.number, "Which of its vgpu devices")
        ->check(CLI::Range(0, 255))
        ->capture_default_str();
}

void add_attach_commands(CLI::App& app, Arguments& arguments, const Commands& commands,
                         Chosen& chosen) {
    auto* attach = command(app, "attach", "Give a guest its vgpu device", chosen,
                           [&commands] { return commands.attach(); });
    name_device(attach, arguments);
    auto* gvm =
        attach
            ->add_option("--gvm", arguments.gvm, "The domain that owns the GPU, by name or number")
            ->capture_default_str();
    auto* words = attach->add_option("--set", arguments.words, "Tuning keys: KEY=VALUE ...");
    attach
        ->add_option("--config", arguments.config,
                     "Attach what the key vgpu of this xl config file says")
        ->excludes(gvm)
        ->excludes(words);
    auto* detach = command(app, "detach", "Take a guest's vgpu device away", chosen,
                           [&commands] { return commands.detach(); });
    name_device(detach, arguments);
    detach->add_flag("--force", arguments.force, "At once, without waiting for gvm-gpud");
    detach->add_option("--timeout", arguments.timeout_s, "Seconds to wait for gvm-gpud")
        ->check(CLI::Range(0, 3600))
        ->capture_default_str();
    command(app, "create", "xl create, and attach what the file's key vgpu says", chosen,
            [&commands] { return commands.create(); })
        ->add_option("FILE.cfg", arguments.config, "The guest's xl config file")
        ->required();
    auto* watch =
        command(app, "watch", "Keep the guests attached whose xl config files have the key vgpu",
                chosen, [&commands] { return commands.watch(); });
    watch->add_option("--configs", arguments.folders, "Folders of the files")
        ->capture_default_str();
    watch->add_flag("--once", arguments.once, "Look once, and end");
}

void add_tuning_commands(CLI::App& app, Arguments& arguments, const Commands& commands,
                         Chosen& chosen) {
    auto* set = command(app, "set", "Set tuning keys of a device, at once", chosen,
                        [&commands] { return commands.set(); });
    name_device(set, arguments);
    set->add_option("KEY=VALUE", arguments.words, "What to set")->required();
    auto* get = command(app, "get", "Read tuning keys of a device", chosen,
                        [&commands] { return commands.get(); });
    name_device(get, arguments);
    get->add_option("KEY", arguments.words, "Which; default: all");
    auto* unset = command(app, "unset", "Give tuning keys their defaults back", chosen,
                          [&commands] { return commands.unset(); });
    name_device(unset, arguments);
    unset->add_option("KEY", arguments.words, "Which")->required();
}

void add_looking_commands(CLI::App& app, Arguments& arguments, const Commands& commands,
                          Chosen& chosen) {
    command(app, "list", "All vgpu devices of this host", chosen,
            [&commands] { return commands.list(); });
    name_device(command(app, "show", "Every xenstore node of a device, explained", chosen,
                        [&commands] { return commands.show(); }),
                arguments);
    command(app, "top", "The counters of all devices, each second", chosen, [&commands] {
        return commands.top();
    })->add_flag("--once", arguments.once, "Look once, and end");
    command(app, "doctor", "What keeps the GPU from being shared; in dom0, a GVM or a DVM", chosen,
            [&commands] { return commands.doctor(); })
        ->add_option("--as", arguments.place, "Where this is; default: find out")
        ->check(CLI::IsMember({"dom0", "gvm", "dvm"}));
}

}  // namespace

int run(int argc, const char* const* argv, const Machine& machine, std::ostream& out,
        std::ostream& error) {
    Arguments arguments;
    const Commands commands(arguments, machine, out);
    Chosen chosen;
    CLI::App app("Shares a GPU between the guests of a Xen host.", "gvmctl");
    app.set_version_flag("--version", VGPU_VERSION);
    app.add_flag("--json", arguments.json, "Print data in place of text");
    app.require_subcommand(1);
    app.fallthrough();
    add_attach_commands(app, arguments, commands, chosen);
    add_looking_commands(app, arguments, commands, chosen);
    add_tuning_commands(app, arguments, commands, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& wrong) {
        return app.exit(wrong, out, error) == 0 ? 0 : 2;
    }
    try {
        return chosen();
    } catch (const std::exception& failure) {
        if (arguments.json) out << nlohmann::json{{"error", failure.what()}}.dump(2) << "\n";
        error << "gvmctl: " << failure.what() << "\n";
        return 1;
    }
}

}  // namespace vgpu::gvmctl
