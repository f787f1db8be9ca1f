// Values are checked before they are written; the back end checks them again.
#include "gvmctl/tune.h"

#include "base/setup_error.h"
#include "transport/xen/tuning.h"

namespace vgpu::gvmctl {

namespace {

using transport::xen::find_tuning_key;
using transport::xen::in_quotes;
using transport::xen::set_tuning;
using transport::xen::Tuning;
using transport::xen::tuning_keys;
using transport::xen::TuningKey;

const TuningKey& need_key(const std::string& name) {
    if (const TuningKey* key = find_tuning_key(name)) return *key;
    Tuning scratch;
    throw SetupError(*set_tuning(scratch, name, ""), "See docs/admin.md.");
}

std::string with_unit(const TuningKey& key, const std::string& value) {
    if (value.empty()) return "(nothing)";
    const bool counts = *key.unit && key.range[0] >= '0' && key.range[0] <= '9';
    return counts ? value + " " + key.unit : value;
}

}  // namespace

Setting parse_setting(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == text.npos || equals == 0) {
        throw SetupError(in_quotes(text) + " sets nothing.",
                         "Write KEY=VALUE, for example memory-limit-mb=8192.");
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

void check_settings(const std::vector<Setting>& settings) {
    Tuning scratch;
    for (const auto& [key, value] : settings) {
        if (const auto error = set_tuning(scratch, key, value)) {
            throw SetupError(*error, "Nothing is changed.");
        }
    }
}

Answer set(Xenstore& store, const Device& device, const std::vector<Setting>& settings) {
    check_settings(settings);
    store.transact([&] {
        for (const auto& [key, value] : settings) store.write(device.backend() + "/" + key, value);
    });
    Answer answer{nlohmann::json::object(), ""};
    for (const auto& [key, value] : settings) {
        answer.data[key] = value;
        answer.text += key + " is " + with_unit(need_key(key), value) + ".\n";
    }
    return answer;
}

Answer get(const Xenstore& store, const Device& device, const std::vector<std::string>& keys) {
    std::vector<std::string> names = keys;
    if (names.empty()) {
        for (const TuningKey& each : tuning_keys()) names.emplace_back(each.name);
    }
    Answer answer{nlohmann::json::object(), ""};
    std::vector<std::vector<std::string>> rows = {{"KEY", "VALUE", "FROM", "EFFECT"}};
    for (const std::string& name : names) {
        const TuningKey& key = need_key(name);
        const auto value = store.read(device.backend() + "/" + name);
        const std::string shown = printable(value.value_or(key.default_value));
        answer.data[name] = {{"value", shown}, {"default", !value}};
        rows.push_back({name, with_unit(key, shown), value ? "set" : "default", key.effect});
    }
    answer.text = table(rows);
    return answer;
}

Answer unset(Xenstore& store, const Device& device, const std::vector<std::string>& keys) {
    for (const std::string& name : keys) need_key(name);
    store.transact([&] {
        for (const std::string& name : keys) store.remove(device.backend() + "/" + name);
    });
    Answer answer{nlohmann::json::object(), ""};
    for (const std::string& name : keys) {
        const TuningKey& key = need_key(name);
        answer.data[name] = key.default_value;
        answer.text += name + " has its default: " + with_unit(key, key.default_value) + ".\n";
    }
    return answer;
}

}  // namespace vgpu::gvmctl
