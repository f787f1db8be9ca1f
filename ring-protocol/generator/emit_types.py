"""object_types.h and .cpp: one number for each kind of handle."""

import text


def emit(plan, policy, folder):
    handles = plan.object_types
    names = "".join(f"    {h.removeprefix('Vk')},\n" for h in handles)
    of_device = ",\n    ".join(["false"] + [_bool(_device_level(plan.model, h)) for h in handles])
    traits = "".join(
        f"template <>\nstruct ObjectTypeOf<{h}> {{\n"
        f"    static constexpr ObjectType value = {text.object_type(h)};\n}};\n"
        for h in handles
    )
    text.header(
        f"{folder}/object_types.h",
        "Kinds of Vulkan objects.",
        "#include <vulkan/vulkan.h>\n\n#include <cstdint>\n\nnamespace vgpu::wire {\n\n"
        f"enum class ObjectType : std::uint16_t {{\n    None,\n{names}}};\n\n"
        "// By object type: true where objects belong to a VkDevice.\n"
        f"inline constexpr bool kTypeIsOfDevice[] = {{\n    {of_device}}};\n\n"
        "template <typename Handle>\nstruct ObjectTypeOf;\n" + traits + "\n}  // namespace vgpu::wire\n",
    )
    text.cpp(
        f"{folder}/object_types.cpp",
        "What is known of each kind of object.",
        '#include "object_types.h"\n#include "wire/description.h"\n\nnamespace vgpu::wire {\n\n'
        + _table("const char* const", "kObjectTypeNames", ['"none"'] + [f'"{h}"' for h in handles])
        + _table("bool", "kHasGuestObject",
                 ["false"] + [_bool(h in policy.guest_objects) for h in handles])
        + "const std::span<const bool> kDeviceLevel{kTypeIsOfDevice};\n\n"
        + "}  // namespace vgpu::wire\n",
    )  # fmt: skip


def emit_results(plan, folder):
    """The names of VkResult's values, for logs."""
    text.header(
        f"{folder}/result_names.h", "Names of VkResult's values.",
        "#include <vulkan/vulkan.h>\n\nnamespace vgpu {\n\n"
        "// \"VK_ERROR_...\", or \"an unknown VkResult\".\nconst char* result_name(VkResult result);\n\n"
        "}  // namespace vgpu\n",
    )  # fmt: skip
    cases = "".join(
        f'        case {number}: return "{name}";\n'
        for name, number in plan.model.enums["VkResult"].values.items()
    )
    text.cpp(
        f"{folder}/result_names.cpp", "Names of VkResult's values.",
        '#include "result_names.h"\n\nnamespace vgpu {\n\n'
        "const char* result_name(VkResult result) {\n    switch (static_cast<int>(result)) {\n"
        f'{cases}    }}\n    return "an unknown VkResult";\n}}\n\n}}  // namespace vgpu\n',
    )  # fmt: skip


def _table(kind, name, values):
    rows = ",\n    ".join(values)
    element = kind if kind.endswith("const") else f"const {kind}"
    return (
        f"static constexpr {kind.replace(' const', '') if kind.endswith('const') else kind} "
        f"{'const ' if kind.endswith('const') else ''}{name}Table[] = {{\n    {rows}}};\n"
        f"const std::span<{element}> {name}{{{name}Table}};\n\n"
    )


def _bool(value):
    return "true" if value else "false"


def _device_level(model, handle):
    while handle:
        if handle == "VkDevice":
            return True
        handle = model.handles[handle][1]
    return False
