// Sets up spdlog.
#include "daemon/logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace vgpu::daemon {

void set_up_log(const std::string& level, const std::string& label) {
    // The pattern has a language of its own.
    std::string escaped;
    for (const char c : label) escaped += c == '%' ? "%%" : std::string(1, c);
    // The journal adds the time itself.
    const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
    auto logger = std::make_shared<spdlog::logger>(
        "", std::make_shared<spdlog::sinks::stderr_sink_mt>());  // spdlog keeps shared ones only
    logger->set_pattern((journal ? "%l: " : "%Y-%m-%d %H:%M:%S.%e %l: ") +
                        (escaped.empty() ? "" : escaped + ": ") + "%v");
    logger->set_level(spdlog::level::from_str(level));
    spdlog::set_default_logger(std::move(logger));
}

std::string loggable(const std::string& text) {
    constexpr std::size_t kLongest = 300;
    std::string safe = text.substr(0, kLongest);
    for (char& c : safe) {
        if (c < ' ' || c > '~') c = '?';
    }
    return safe;
}

}  // namespace vgpu::daemon
