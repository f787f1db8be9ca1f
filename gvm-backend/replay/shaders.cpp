// What the gate asks of a device, and its books.
#include "replay/shaders.h"

namespace vgpu::replay {

namespace {

gate::Rules rules_of(Replay& replay, VkPhysicalDevice physical, std::uint32_t api_version) {
    gate::Rules rules;
    rules.api_version = api_version;
    VkPhysicalDeviceMaintenance4Features maintenance4{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_FEATURES};
    VkPhysicalDeviceWorkgroupMemoryExplicitLayoutFeaturesKHR workgroup{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_WORKGROUP_MEMORY_EXPLICIT_LAYOUT_FEATURES_KHR,
        &maintenance4};
    VkPhysicalDeviceScalarBlockLayoutFeatures scalar{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SCALAR_BLOCK_LAYOUT_FEATURES, &workgroup};
    VkPhysicalDeviceUniformBufferStandardLayoutFeatures uniform{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_UNIFORM_BUFFER_STANDARD_LAYOUT_FEATURES, &scalar};
    VkPhysicalDeviceFeatures2 features{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &uniform};
    if (replay.vk().vkGetPhysicalDeviceFeatures2)
        replay.vk().vkGetPhysicalDeviceFeatures2(physical, &features);
    rules.uniform_standard_layout = uniform.uniformBufferStandardLayout;
    rules.scalar_layout = scalar.scalarBlockLayout;
    rules.workgroup_scalar_layout = workgroup.workgroupMemoryExplicitLayoutScalarBlockLayout;
    rules.local_size_id = maintenance4.maintenance4;

    std::uint32_t n = 0;
    replay.vk().vkEnumerateDeviceExtensionProperties(physical, nullptr, &n, nullptr);
    std::vector<VkExtensionProperties> extensions(n);
    replay.vk().vkEnumerateDeviceExtensionProperties(physical, nullptr, &n, extensions.data());
    extensions.resize(n);
    const auto has = [&](std::string_view name) {
        for (const VkExtensionProperties& one : extensions)
            if (one.extensionName == name) return true;
        return false;
    };
    rules.spirv_1_4 = has(VK_KHR_SPIRV_1_4_EXTENSION_NAME);
    rules.relaxed_block_layout = has(VK_KHR_RELAXED_BLOCK_LAYOUT_EXTENSION_NAME);
    return rules;
}

gate::Gate make_gate(Replay& replay, VkPhysicalDevice physical) {
    VkPhysicalDeviceProperties properties{};
    replay.vk().vkGetPhysicalDeviceProperties(physical, &properties);
    const gate::Mode mode =
        gate::mode_from(replay.services().options().shader_gate).value_or(gate::Mode::Full);
    return gate::Gate(mode, rules_of(replay, physical, properties.apiVersion),
                      gate::DeviceLimits(properties.limits));
}

VkShaderModule handle_of(const ShaderModule* module) {
    return reinterpret_cast<VkShaderModule>(const_cast<ShaderModule*>(module));
}

}  // namespace

ShaderModule::~ShaderModule() {
    if (host) vk->vkDestroyShaderModule(device, host, nullptr);
}

Shaders::Shaders(Replay& replay, VkPhysicalDevice physical) : gate_(make_gate(replay, physical)) {}

void Shaders::add(std::shared_ptr<ShaderModule> module) {
    const VkShaderModule handle = handle_of(module.get());
    std::lock_guard lock(mutex_);
    modules_.emplace(handle, std::move(module));
}

void Shaders::remove(VkShaderModule handle) {
    std::shared_ptr<ShaderModule> last;  // ends outside the lock
    std::lock_guard lock(mutex_);
    const auto found = modules_.find(handle);
    if (found == modules_.end()) return;
    last = std::move(found->second);
    modules_.erase(found);
}

std::shared_ptr<ShaderModule> Shaders::find(VkShaderModule handle) {
    std::lock_guard lock(mutex_);
    const auto found = modules_.find(handle);
    return found == modules_.end() ? nullptr : found->second;
}

void Shaders::remove_all() {
    std::lock_guard lock(mutex_);
    modules_.clear();
}

std::span<const std::uint32_t> words_of(const VkShaderModuleCreateInfo& info) {
    if (!info.pCode || info.codeSize % 4 != 0) return {};
    return {info.pCode, info.codeSize / 4};
}

Compiles::Watched watch_check(Compiles& compiles, std::span<const std::uint32_t> words) {
    return compiles.watch("the check of a shader of " + std::to_string(words.size_bytes()) +
                          " octets");
}

// The validator quotes the guest's names, over several lines.
static std::string one_line(std::string text) {
    constexpr std::size_t kShown = 400;
    for (char& c : text)
        if (c < 0x20 || c >= 0x7f) c = c == '\n' ? ' ' : '?';
    return text.size() <= kShown ? text : text.substr(0, kShown) + "...";
}

void report_refusal(worker::WorkerServices& services, const std::string& what,
                    const gate::Refusal& refusal) {
    services.note_refused_shader("Shader " + what + " is refused by the check " + refusal.check +
                                 ": " + one_line(refusal.text));
}

}  // namespace vgpu::replay
