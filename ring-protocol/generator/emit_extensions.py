"""extensions.cpp: which extensions are carried, and which the guest answers by itself."""

import text


def emit(plan, policy, folder):
    text.header(
        f"{folder}/extensions.h",
        "Extensions of the registry that are carried.",
        "#include <cstdint>\n#include <span>\n\nnamespace vgpu::wire {\n\n"
        "struct CarriedExtension {\n    const char* name;\n    bool instance;  // else of a device\n"
        "    bool guest;     // answered in the guest: the host need not offer it\n};\n"
        "// Sorted by name.\nextern const std::span<const CarriedExtension> kCarriedExtensions;\n"
        "// The carried extension of that name, or null.\n"
        "const CarriedExtension* find_extension(const char* name);\n\n"
        "struct RefusedExtension {\n    const char* name;\n    const char* why;\n};\n"
        "extern const std::span<const RefusedExtension> kRefusedExtensions;\n\n"
        "}  // namespace vgpu::wire\n",
    )
    rows, refused = "", ""
    for name in sorted(plan.extensions):
        carried, why = plan.extensions[name]
        if not carried:
            refused += f'    {{"{name}", "{_escape(why)}"}},\n'
            continue
        instance = str(plan.model.extensions[name].kind == "instance").lower()
        guest = str(bool(policy.extension(name).get("guest"))).lower()
        rows += f'    {{"{name}", {instance}, {guest}}},\n'
    text.cpp(
        f"{folder}/extensions.cpp",
        "Extensions by name.",
        '#include "extensions.h"\n\n#include <algorithm>\n#include <cstring>\n\nnamespace vgpu::wire {\n\n'
        f"static constexpr CarriedExtension kCarriedTable[] = {{\n{rows}}};\n"
        f"static constexpr RefusedExtension kRefusedTable[] = {{\n{refused}}};\n\n"
        "const std::span<const CarriedExtension> kCarriedExtensions{kCarriedTable};\n"
        "const std::span<const RefusedExtension> kRefusedExtensions{kRefusedTable};\n\n"
        "const CarriedExtension* find_extension(const char* name) {\n"
        "    const auto at = std::lower_bound(\n"
        "        kCarriedExtensions.begin(), kCarriedExtensions.end(), name,\n"
        "        [](const CarriedExtension& e, const char* wanted) { return std::strcmp(e.name, wanted) < 0; });\n"
        "    return at != kCarriedExtensions.end() && std::strcmp(at->name, name) == 0 ? &*at : nullptr;\n}\n\n"
        "}  // namespace vgpu::wire\n",
    )


def _escape(words):
    return words.replace("\\", "\\\\").replace('"', '\\"')
