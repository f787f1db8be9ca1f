// Modules for the gate's tests, assembled from text.
#pragma once

#include <spirv-tools/libspirv.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace vgpu::gate {

using Words = std::vector<std::uint32_t>;

inline Words assemble(const std::string& text) {
    const spv_context context = spvContextCreate(SPV_ENV_UNIVERSAL_1_6);
    spv_binary binary = nullptr;
    spv_diagnostic diagnostic = nullptr;
    const spv_result_t result = spvTextToBinaryWithOptions(
        context, text.data(), text.size(), SPV_TEXT_TO_BINARY_OPTION_PRESERVE_NUMERIC_IDS, &binary,
        &diagnostic);
    const std::string error = diagnostic ? diagnostic->error : "";
    spvDiagnosticDestroy(diagnostic);
    spvContextDestroy(context);
    if (result != SPV_SUCCESS) throw std::runtime_error("A test's module is wrong: " + error);
    Words words(binary->code, binary->code + binary->wordCount);
    spvBinaryDestroy(binary);
    words[1] = 0x00010300;  // SPIR-V 1.3
    return words;
}

// A compute shader made of parts; each replaces one of a good module's.
struct Compute {
    std::string capabilities = "OpCapability Shader\n";
    std::string entry = "OpEntryPoint GLCompute %main \"main\"\n";
    std::string modes = "OpExecutionMode %main LocalSize 8 1 1\n";
    std::string decorations;
    std::string types;      // and constants and variables
    std::string functions;  // before the entry point's
    std::string body;

    std::string text() const {
        return capabilities + "OpMemoryModel Logical GLSL450\n" + entry + modes + decorations +
               "%void = OpTypeVoid\n%bool = OpTypeBool\n%uint = OpTypeInt 32 0\n"
               "%int = OpTypeInt 32 1\n%float = OpTypeFloat 32\n%v3 = OpTypeVector %uint 3\n"
               "%v4 = OpTypeVector %float 4\n%zero = OpConstant %uint 0\n%one = OpConstant %uint "
               "1\n"
               "%four = OpConstant %uint 4\n%call = OpTypeFunction %void\n" +
               types + functions + "%main = OpFunction %void None %call\n%begin = OpLabel\n" +
               body + "OpReturn\nOpFunctionEnd\n";
    }
    Words words() const { return assemble(text()); }
};

// Of a storage buffer with an array of uint at a set and binding, and a store to it.
inline Compute with_buffer(std::uint32_t set = 0, std::uint32_t binding = 0) {
    Compute shader;
    shader.decorations =
        "OpDecorate %data ArrayStride 4\nOpMemberDecorate %block 0 Offset 0\n"
        "OpDecorate %block Block\nOpDecorate %buffer DescriptorSet " +
        std::to_string(set) + "\nOpDecorate %buffer Binding " + std::to_string(binding) + "\n";
    shader.types =
        "%data = OpTypeRuntimeArray %uint\n%block = OpTypeStruct %data\n"
        "%to_block = OpTypePointer StorageBuffer %block\n"
        "%to_uint = OpTypePointer StorageBuffer %uint\n"
        "%buffer = OpVariable %to_block StorageBuffer\n";
    shader.body = "%at = OpAccessChain %to_uint %buffer %zero %one\nOpStore %at %four\n";
    return shader;
}

}  // namespace vgpu::gate
