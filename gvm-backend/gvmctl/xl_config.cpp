// Over libxlutil, the parser that xl itself uses.
#include "gvmctl/xl_config.h"

extern "C" {
#include <libxlutil.h>
}

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/setup_error.h"
#include "gvmctl/tune.h"
#include "transport/xen/tuning.h"

namespace vgpu::gvmctl {

namespace {

using transport::xen::in_quotes;

struct DestroyConfig {
    void operator()(XLU_Config* config) const { xlu_cfg_destroy(config); }
};
using Config = std::unique_ptr<XLU_Config, DestroyConfig>;

// What libxlutil prints, to be put into a sentence.
class Messages {
  public:
    Messages() : file_(::open_memstream(&text_, &bytes_)) {}
    ~Messages() {
        std::fclose(file_);
        std::free(text_);
    }
    Messages(const Messages&) = delete;

    FILE* file() { return file_; }
    std::string text() {
        std::fflush(file_);
        std::string line(text_, bytes_);
        while (!line.empty() && line.back() == '\n') line.pop_back();
        for (char& c : line) {
            if (c == '\n') c = ' ';
        }
        return line;
    }

  private:
    char* text_ = nullptr;
    std::size_t bytes_ = 0;
    FILE* file_;
};

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw SetupError("The config file " + path + " cannot be used: " + why + ".",
                     "Correct it; `xl create -n " + path + "` shows how xl reads it.");
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> pieces;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        pieces.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return pieces;
}

std::string trimmed(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<VgpuSpec> read_devices(const Config& config, const std::string& path,
                                   Messages& messages) {
    XLU_ConfigList* list = nullptr;
    int count = 0;
    const int error = xlu_cfg_get_list(config.get(), "vgpu", &list, &count, 0);
    if (error == ESRCH) return {};
    if (error) refuse(path, messages.text());
    std::vector<VgpuSpec> devices;
    for (int i = 0; i < count; ++i) {
        const char* const item = xlu_cfg_get_listitem(list, i);
        if (!item) refuse(path, "an item of vgpu is no string");
        devices.push_back(parse_spec(item));
    }
    return devices;
}

}  // namespace

VgpuSpec parse_spec(const std::string& text) {
    VgpuSpec spec;
    for (const std::string& raw : split(text)) {
        const std::string piece = trimmed(raw);
        if (piece.empty()) continue;
        const bool goes_on = piece[0] == '+' || piece[0] == '-';
        if (goes_on && !spec.settings.empty() && spec.settings.back().first == "features") {
            spec.settings.back().second += "," + piece;
            continue;
        }
        const Setting setting = parse_setting(piece);
        if (setting.first == "backend") {
            spec.backend = setting.second;
        } else {
            spec.settings.push_back(setting);
        }
    }
    check_settings(spec.settings);
    return spec;
}

XlConfig read_xl_config(const std::string& path) {
    Messages messages;
    const Config config(xlu_cfg_init(messages.file(), path.c_str()));
    if (const int error = xlu_cfg_readfile(config.get(), path.c_str())) {
        const std::string text = messages.text();
        refuse(path, text.empty() ? std::strerror(error) : text);
    }
    XlConfig result;
    const char* name = nullptr;
    if (xlu_cfg_get_string(config.get(), "name", &name, 1) == 0) result.name = name;
    result.devices = read_devices(config, path, messages);
    return result;
}

}  // namespace vgpu::gvmctl
