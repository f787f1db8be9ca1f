// One validation; nothing is kept between two.
#include "gate/validator.h"

#include <spirv-tools/libspirv.h>
#include <vulkan/vulkan.h>

#include <memory>

#include "gate/bounds.h"

namespace vgpu::gate {

namespace {

spv_target_env environment(const Rules& rules) {
    if (rules.api_version >= VK_API_VERSION_1_3) return SPV_ENV_VULKAN_1_3;
    if (rules.api_version >= VK_API_VERSION_1_2) return SPV_ENV_VULKAN_1_2;
    if (rules.api_version >= VK_API_VERSION_1_1)
        return rules.spirv_1_4 ? SPV_ENV_VULKAN_1_1_SPIRV_1_4 : SPV_ENV_VULKAN_1_1;
    return SPV_ENV_VULKAN_1_0;
}

using Options = std::unique_ptr<std::remove_pointer_t<spv_validator_options>,
                                decltype(&spvValidatorOptionsDestroy)>;

// Each rule is relaxed where the device relaxes it, whether the application has asked for that or
// not: an application that forgot to is a guest's own affair.
Options options_of(const Rules& rules) {
    Options options(spvValidatorOptionsCreate(), &spvValidatorOptionsDestroy);
    spv_validator_options all = options.get();
    spvValidatorOptionsSetRelaxBlockLayout(
        all, rules.relaxed_block_layout || rules.api_version >= VK_API_VERSION_1_1);
    spvValidatorOptionsSetUniformBufferStandardLayout(all, rules.uniform_standard_layout);
    spvValidatorOptionsSetScalarBlockLayout(all, rules.scalar_layout);
    spvValidatorOptionsSetWorkgroupScalarBlockLayout(all, rules.workgroup_scalar_layout);
    spvValidatorOptionsSetAllowLocalSizeId(
        all, rules.local_size_id || rules.api_version >= VK_API_VERSION_1_3);
    // Names in messages cost a pass over the module.
    spvValidatorOptionsSetFriendlyNames(all, false);
    spvValidatorOptionsSetUniversalLimit(all, spv_validator_limit_max_control_flow_nesting_depth,
                                         kMaxControlDepth);
    spvValidatorOptionsSetUniversalLimit(all, spv_validator_limit_max_struct_depth, kMaxTypeDepth);
    return options;
}

}  // namespace

Verdict validate(std::span<const std::uint32_t> words, const Rules& rules) {
    const spv_context context = spvContextCreate(environment(rules));
    const Options options = options_of(rules);
    spv_const_binary_t binary{words.data(), words.size()};
    spv_diagnostic diagnostic = nullptr;
    const spv_result_t result =
        spvValidateWithOptions(context, options.get(), &binary, &diagnostic);
    Verdict refused;
    if (result != SPV_SUCCESS)
        refused = Refusal{"validation", diagnostic ? diagnostic->error : "It is not valid."};
    spvDiagnosticDestroy(diagnostic);
    spvContextDestroy(context);
    return refused;
}

}  // namespace vgpu::gate
