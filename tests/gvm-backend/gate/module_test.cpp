// What the gate says of modules by themselves: bounds, sizes, validity.
#include "gate/bounds.h"
#include "gate/gate.h"
#include "gate/sizes.h"
#include "shaders.h"
#include "tests/catch.h"

using namespace vgpu::gate;

namespace {

Rules newest() {
    Rules rules;
    rules.api_version = VK_API_VERSION_1_3;
    return rules;
}

// The check that refuses the module, or "".
std::string refused_by(const Words& words, Mode mode = Mode::Full) {
    Gate gate(mode, newest(), DeviceLimits());
    const Judged judged = gate.judge(words);
    CHECK((judged.shader == nullptr) == judged.refused.has_value());
    return judged.refused ? judged.refused->check : "";
}
std::string refused_by(const Compute& shader, Mode mode = Mode::Full) {
    return refused_by(shader.words(), mode);
}

std::string repeat(int n, const auto& line) {
    std::string text;
    for (int i = 0; i < n; ++i) text += line(i);
    return text;
}

}  // namespace

TEST_CASE("a good module is let through, by every mode") {
    for (const Mode mode : {Mode::Bounds, Mode::Full}) {
        CHECK(refused_by(Compute(), mode) == "");
        CHECK(refused_by(with_buffer(), mode) == "");
    }
    Gate off(Mode::Off, newest(), DeviceLimits());
    CHECK_FALSE(off.judge(Words{1, 2, 3}).refused);
}

TEST_CASE("what is no module is refused by its shape, wherever it is cut off") {
    const Words good = with_buffer().words();
    CHECK(refused_by(Words{}) == "shape");
    CHECK(refused_by(Words{0x07230203}) == "shape");
    for (std::size_t n = 0; n < good.size(); ++n) {
        const Words part(good.begin(), good.begin() + n);
        const std::string check = refused_by(part);
        INFO(n);
        CHECK_FALSE(check.empty());
    }
    Words swapped = good;
    swapped[0] = 0x03022307;  // the other octet order, which Vulkan does not have
    CHECK(refused_by(swapped) == "shape");
}

TEST_CASE("a module with any word replaced is refused or read, and never trusted") {
    const Words good = with_buffer().words();
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const std::uint32_t word :
             {0u, 1u, 0xffffu, 0x10000u, 0x7fffffffu, 0xffffffffu, good[at] + 1, good[at] ^ 7}) {
            Words bad = good;
            bad[at] = word;
            const ReadResult read = read_shader(bad);
            if (!read.shader) continue;
            Sizes sizes;
            if (measure(*read.shader, {}, sizes)) continue;
            CHECK(sizes.bytes.size() == read.shader->types.size());
        }
    }
}

TEST_CASE("a module that is too large is refused before it is read") {
    Words words = Compute().words();
    words.resize(kMaxModuleBytes / 4 + 1, 0x00010000);  // OpNop
    CHECK(refused_by(words) == "size");
}

TEST_CASE("an id bound that only costs memory is refused") {
    Words words = Compute().words();
    words[3] = 0xffffffff;
    CHECK(refused_by(words) == "counts");
    words[3] = 0;
    CHECK_FALSE(refused_by(words).empty());
}

TEST_CASE("types without end are refused") {
    Compute nested;
    nested.types =
        "%s0 = OpTypeStruct %uint\n" + repeat(80, [](int i) {
            return "%s" + std::to_string(i + 1) + " = OpTypeStruct %s" + std::to_string(i) + "\n";
        });
    CHECK(refused_by(nested) == "types");
    Compute many;
    many.types =
        repeat(70000, [](int i) { return "%t" + std::to_string(i) + " = OpTypeStruct %uint\n"; });
    CHECK(refused_by(many, Mode::Bounds) == "counts");
}

TEST_CASE("an array whose elements multiply beyond every memory is refused") {
    Compute shader;
    shader.types =
        "%n = OpConstant %uint 65536\n%a0 = OpTypeArray %uint %n\n"
        "%a1 = OpTypeArray %a0 %n\n%a2 = OpTypeArray %a1 %n\n%a3 = OpTypeArray %a2 %n\n"
        "%a4 = OpTypeArray %a3 %n\n";
    CHECK(refused_by(shader) == "types");
    Compute empty;
    empty.types = "%a0 = OpTypeArray %uint %zero\n";
    CHECK(refused_by(empty, Mode::Bounds) == "types");
}

TEST_CASE("a constant of a giant type is refused") {
    Compute shader;
    shader.types =
        "%n = OpConstant %uint 67108864\n%a = OpTypeArray %uint %n\n"
        "%null = OpConstantNull %a\n";
    CHECK(refused_by(shader) == "constants");
    shader.types =
        "%n = OpConstant %uint 67108864\n%a = OpTypeArray %uint %n\n"
        "%null = OpUndef %a\n";
    CHECK(refused_by(shader) == "constants");
}

TEST_CASE("functions that call themselves are refused") {
    Compute shader;
    shader.functions =
        "%f = OpFunction %void None %call\n%fl = OpLabel\n"
        "%r = OpFunctionCall %void %f\nOpReturn\nOpFunctionEnd\n";
    shader.body = "%x = OpFunctionCall %void %f\n";
    CHECK(refused_by(shader) == "calls");
    CHECK(refused_by(shader, Mode::Bounds) == "calls");
}

TEST_CASE("calls that are nested too deep are refused") {
    const auto chain = [](int n) {
        Compute shader;
        for (int i = 0; i < n; ++i) {
            const std::string id = std::to_string(i);
            shader.functions +=
                "%f" + id + " = OpFunction %void None %call\n%l" + id + " = OpLabel\n";
            if (i != 0)
                shader.functions +=
                    "%c" + id + " = OpFunctionCall %void %f" + std::to_string(i - 1) + "\n";
            shader.functions += "OpReturn\nOpFunctionEnd\n";
        }
        shader.body = "%x = OpFunctionCall %void %f" + std::to_string(n - 1) + "\n";
        return shader;
    };
    CHECK(refused_by(chain(200)) == "");
    CHECK(refused_by(chain(2000)) == "calls");
}

TEST_CASE("control flow that is nested too deep is refused") {
    const auto nest = [](int n) {
        Compute shader;
        shader.types = "%yes = OpConstantTrue %bool\n";
        for (int i = 0; i < n; ++i) {
            const std::string id = std::to_string(i);
            shader.body += "OpSelectionMerge %m" + id + " None\nOpBranchConditional %yes %t" + id +
                           " %m" + id + "\n%t" + id + " = OpLabel\n";
        }
        for (int i = n - 1; i >= 0; --i)
            shader.body +=
                "OpBranch %m" + std::to_string(i) + "\n%m" + std::to_string(i) + " = OpLabel\n";
        return shader;
    };
    CHECK(refused_by(nest(100)) == "");
    CHECK(refused_by(nest(400)) == "validation");
}

TEST_CASE("what is not valid SPIR-V is refused by the validator, and by it alone") {
    Compute shader = with_buffer();
    shader.body = "%at = OpAccessChain %to_uint %buffer %zero %one\nOpStore %at %v4\n";  // a type
    CHECK(refused_by(shader) == "validation");
    CHECK(refused_by(shader, Mode::Bounds) == "");
    Compute kernel;
    kernel.capabilities = "OpCapability Shader\nOpCapability Kernel\n";
    CHECK(refused_by(kernel) == "validation");
}

TEST_CASE("block layouts are as free as the device allows") {
    // A vector that straddles 16 octets: only scalar layout has it.
    Compute shader = with_buffer();
    shader.decorations =
        "OpMemberDecorate %block 0 Offset 0\nOpMemberDecorate %block 1 Offset 4\n"
        "OpDecorate %block Block\nOpDecorate %buffer DescriptorSet 0\n"
        "OpDecorate %buffer Binding 0\n";
    shader.types =
        "%block = OpTypeStruct %float %v4\n"
        "%to_block = OpTypePointer StorageBuffer %block\n"
        "%buffer = OpVariable %to_block StorageBuffer\n";
    shader.body = "";
    Rules rules = newest();
    CHECK(Gate(Mode::Full, rules, {}).judge(shader.words()).refused);
    rules.scalar_layout = true;
    CHECK_FALSE(Gate(Mode::Full, rules, {}).judge(shader.words()).refused);
}

TEST_CASE("a module of a newer SPIR-V than the device knows is refused") {
    Words words = Compute().words();
    words[1] = 0x00010600;
    Rules rules = newest();
    CHECK_FALSE(Gate(Mode::Full, rules, {}).judge(words).refused);
    rules.api_version = VK_API_VERSION_1_1;
    CHECK(Gate(Mode::Full, rules, {}).judge(words).refused);
}

TEST_CASE("constants are computed as SPIR-V says, and what cannot be is no length") {
    const auto length = [](const std::string& constants) -> std::string {
        Compute shader;
        shader.decorations = "OpDecorate %spec SpecId 7\n";
        shader.types =
            "%spec = OpSpecConstant %uint 6\n" + constants + "%a = OpTypeArray %uint %n\n";
        const ReadResult read = read_shader(shader.words());
        Sizes sizes;
        const Verdict bad = measure(*read.shader, {}, sizes);
        if (bad) return bad->check;
        for (std::size_t i = 0; i < sizes.lengths.size(); ++i)
            if (read.shader->types[i].op == spv::OpTypeArray)
                return std::to_string(sizes.lengths[i]);
        return "?";
    };
    CHECK(length("%n = OpSpecConstantOp %uint IAdd %spec %four\n") == "10");
    CHECK(length("%n = OpSpecConstantOp %uint IMul %spec %four\n") == "24");
    CHECK(length("%n = OpSpecConstantOp %uint ISub %spec %four\n") == "2");
    CHECK(length("%k = OpSpecConstantOp %uint ISub %four %spec\n"
                 "%n = OpSpecConstantOp %uint IAdd %k %four\n") == "2");
    CHECK(length("%n = OpSpecConstantOp %uint UDiv %spec %four\n") == "1");
    CHECK(length("%n = OpSpecConstantOp %uint UMod %spec %four\n") == "2");
    CHECK(length("%n = OpSpecConstantOp %uint ShiftLeftLogical %spec %one\n") == "12");
    CHECK(length("%n = OpSpecConstantOp %uint BitwiseAnd %spec %four\n") == "4");
    CHECK(length("%y = OpSpecConstantOp %bool UGreaterThan %spec %four\n"
                 "%n = OpSpecConstantOp %uint Select %y %spec %one\n") == "6");
    CHECK(length("%m = OpConstant %int -7\n%d = OpConstant %int 2\n"
                 "%q = OpSpecConstantOp %int SDiv %m %d\n"
                 "%n = OpSpecConstantOp %int SNegate %q\n") == "3");
    CHECK(length("%v = OpSpecConstantComposite %v3 %four %spec %one\n"
                 "%n = OpSpecConstantOp %uint CompositeExtract %v 1\n") == "6");
    CHECK(length("%n = OpSpecConstantOp %uint UDiv %spec %zero\n") == "specialization");
    CHECK(length("%f = OpConstant %float 2\n"
                 "%n = OpSpecConstantOp %uint ConvertFToU %f\n") == "specialization");
}

TEST_CASE("what was judged is known again, octet by octet and no more") {
    Gate gate(Mode::Full, newest(), DeviceLimits());
    const Words words = with_buffer().words();
    const auto first = gate.judge(words).shader;
    CHECK(gate.judge(words).shader == first);
    Words other = words;
    other.push_back(0x00010000);
    CHECK(gate.judge(other).shader != first);
}
