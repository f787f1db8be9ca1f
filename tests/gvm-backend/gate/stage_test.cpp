// What the gate says of a module as a stage of a pipeline.
#include "gate/stage.h"
#include "gate/gate.h"
#include "shaders.h"
#include "tests/catch.h"

using namespace vgpu::gate;

namespace {

// A pipeline layout with one set of one binding, changed by each test.
struct Pipeline {
    VkDescriptorSetLayoutBinding binding{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1,
                                         VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
    std::vector<VkPushConstantRange> ranges;
    VkShaderStageFlagBits stage = VK_SHADER_STAGE_COMPUTE_BIT;
    std::string entry = "main";
    DeviceLimits limits;
    std::vector<VkSpecializationMapEntry> entries;
    std::vector<std::uint32_t> data;
    bool with_layout = true;

    std::string refused_by(const Words& words) const {
        const ReadResult read = read_shader(words);
        REQUIRE(read.shader);
        VkDescriptorSetLayoutCreateInfo info{};
        info.bindingCount = 1;
        info.pBindings = &binding;
        PipelineLayout layout;
        layout.sets.push_back(std::make_shared<const SetLayout>(info));
        layout.push_constants = ranges;
        const VkSpecializationInfo specialization{static_cast<std::uint32_t>(entries.size()),
                                                  entries.data(), data.size() * 4, data.data()};
        const Verdict verdict = check_stage(
            *read.shader, {stage, entry, &specialization, with_layout ? &layout : nullptr}, limits);
        if (verdict) CHECK(verdict->text.back() == '.');
        return verdict ? verdict->check : "";
    }
    std::string refused_by(const Compute& shader) const { return refused_by(shader.words()); }
};

// A fragment or vertex shader with one input or output.
Words interface_shader(const std::string& model, const std::string& storage,
                       const std::string& decorations, const std::string& types) {
    return assemble(
        "OpCapability Shader\nOpCapability ClipDistance\nOpMemoryModel Logical GLSL450\n"
        "OpEntryPoint " +
        model + " %main \"main\" %var\n" +
        (model == "Fragment" ? "OpExecutionMode %main OriginUpperLeft\n" : "") + decorations +
        "%void = OpTypeVoid\n%call = OpTypeFunction %void\n%float = OpTypeFloat 32\n"
        "%uint = OpTypeInt 32 0\n%v4 = OpTypeVector %float 4\n%m4 = OpTypeMatrix %v4 4\n"
        "%n = OpConstant %uint 200\n" +
        types + "%to = OpTypePointer " + storage + " %type\n%var = OpVariable %to " + storage +
        "\n"
        "%main = OpFunction %void None %call\n%l = OpLabel\nOpReturn\nOpFunctionEnd\n");
}

}  // namespace

TEST_CASE("a stage that matches its layout is let through") {
    CHECK(Pipeline().refused_by(Compute()) == "");
    CHECK(Pipeline().refused_by(with_buffer()) == "");
    Pipeline dynamic;
    dynamic.binding.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER_DYNAMIC;
    CHECK(dynamic.refused_by(with_buffer()) == "");
    Pipeline many;
    many.binding.descriptorCount = 8;
    many.binding.stageFlags = VK_SHADER_STAGE_ALL;
    CHECK(many.refused_by(with_buffer()) == "");
}

TEST_CASE("an entry point that the module does not have is refused") {
    Pipeline other;
    other.entry = "other";
    CHECK(other.refused_by(Compute()) == "entry-point");
    Pipeline vertex;
    vertex.stage = VK_SHADER_STAGE_VERTEX_BIT;
    CHECK(vertex.refused_by(Compute()) == "entry-point");
}

TEST_CASE("a resource outside the pipeline's layout is refused") {
    CHECK(Pipeline().refused_by(with_buffer(0, 1)) == "descriptors");
    CHECK(Pipeline().refused_by(with_buffer(1, 0)) == "descriptors");
    CHECK(Pipeline().refused_by(with_buffer(0xfffffff0, 0)) == "descriptors");
    CHECK(Pipeline().refused_by(with_buffer(0, 0xffffffff)) == "descriptors");
    Pipeline none;
    none.with_layout = false;
    CHECK(none.refused_by(with_buffer()) == "descriptors");
    CHECK(none.refused_by(Compute()) == "");
    Pipeline reserved;
    reserved.binding.descriptorCount = 0;
    CHECK(reserved.refused_by(with_buffer()) == "descriptors");
}

TEST_CASE("a resource of another kind, or for other stages, is refused") {
    for (const VkDescriptorType type :
         {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, VK_DESCRIPTOR_TYPE_SAMPLER,
          VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK}) {
        Pipeline pipeline;
        pipeline.binding.descriptorType = type;
        CHECK(pipeline.refused_by(with_buffer()) == "descriptors");
    }
    Pipeline fragment;
    fragment.binding.stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT;
    CHECK(fragment.refused_by(with_buffer()) == "descriptors");
}

TEST_CASE("a resource that is declared and not used may lie anywhere") {
    Compute shader = with_buffer(7, 7);
    shader.body = "";
    CHECK(Pipeline().refused_by(shader) == "");
}

TEST_CASE("a number that equals a resource's id is no use of it") {
    // %9 is the buffer; the switch has 9 as a literal.
    Compute shader = with_buffer(7, 7);
    for (std::string* text : {&shader.decorations, &shader.types})
        for (std::size_t at; (at = text->find("%buffer")) != std::string::npos;)
            text->replace(at, 7, "%9");
    shader.body = "OpSelectionMerge %m None\nOpSwitch %one %m 9 %m\n%m = OpLabel\n";
    CHECK(Pipeline().refused_by(shader) == "");
}

TEST_CASE("what a called function uses counts, what an uncalled one uses does not") {
    Compute shader = with_buffer(3, 3);
    shader.functions = "%f = OpFunction %void None %call\n%fl = OpLabel\n" + shader.body +
                       "OpReturn\nOpFunctionEnd\n";
    shader.body = "";
    CHECK(Pipeline().refused_by(shader) == "");
    shader.body = "%x = OpFunctionCall %void %f\n";
    CHECK(Pipeline().refused_by(shader) == "descriptors");
}

TEST_CASE("an array of more descriptors than the layout has is refused, after specialization") {
    Compute shader = with_buffer();
    shader.decorations += "OpDecorate %n SpecId 3\n";
    shader.types =
        "%n = OpSpecConstant %uint 4\n%data = OpTypeRuntimeArray %uint\n"
        "%block = OpTypeStruct %data\n%blocks = OpTypeArray %block %n\n"
        "%to_block = OpTypePointer StorageBuffer %blocks\n"
        "%to_uint = OpTypePointer StorageBuffer %uint\n"
        "%buffer = OpVariable %to_block StorageBuffer\n";
    shader.body = "%at = OpAccessChain %to_uint %buffer %one %zero %one\nOpStore %at %four\n";
    Pipeline pipeline;
    CHECK(pipeline.refused_by(shader) == "descriptors");
    pipeline.binding.descriptorCount = 4;
    CHECK(pipeline.refused_by(shader) == "");
    pipeline.entries = {{3, 0, 4}};
    pipeline.data = {5};
    CHECK(pipeline.refused_by(shader) == "descriptors");
    pipeline.data = {3};
    CHECK(pipeline.refused_by(shader) == "");
    pipeline.data = {0};
    CHECK(pipeline.refused_by(shader) == "types");
    pipeline.data = {0xffffffff};
    CHECK_FALSE(pipeline.refused_by(shader).empty());
}

TEST_CASE("specialization outside its data, of a wrong size, or twice is refused") {
    Compute shader;
    shader.decorations = "OpDecorate %spec SpecId 3\n";
    shader.types = "%spec = OpSpecConstant %uint 4\n";
    const auto with = [&](std::vector<VkSpecializationMapEntry> entries) {
        Pipeline pipeline;
        pipeline.entries = std::move(entries);
        pipeline.data = {1, 2};
        return pipeline.refused_by(shader);
    };
    CHECK(with({{3, 4, 4}}) == "");
    CHECK(with({{99, 4, 4}}) == "");
    CHECK(with({{3, 5, 4}}) == "specialization");
    CHECK(with({{3, 8, 4}}) == "specialization");
    CHECK(with({{3, 0xffffffff, 4}}) == "specialization");
    CHECK(with({{3, 0, ~std::size_t{3}}}) == "specialization");
    CHECK(with({{3, 0, 8}}) == "specialization");
    CHECK(with({{3, 0, 2}}) == "specialization");
    CHECK(with({{3, 0, 3}}) == "specialization");
    // What the module does not have is nobody's business, as long as it lies in the data.
    CHECK(with({{99, 0, 3}}) == "");
    CHECK(with({{99, 6, 3}}) == "specialization");
    CHECK(with({{3, 0, 4}, {3, 4, 4}}) == "specialization");
}

TEST_CASE("workgroups larger than the device's are refused, after specialization") {
    Compute shader;
    shader.modes = "OpExecutionMode %main LocalSize 129 1 1\n";
    CHECK(Pipeline().refused_by(shader) == "local-size");
    shader.modes = "OpExecutionMode %main LocalSize 0 1 1\n";
    CHECK(Pipeline().refused_by(shader) == "local-size");
    shader.modes = "OpExecutionMode %main LocalSize 64 64 64\n";
    CHECK(Pipeline().refused_by(shader) == "local-size");
    shader.modes = "";
    shader.decorations = "OpDecorate %x SpecId 1\nOpDecorate %size BuiltIn WorkgroupSize\n";
    shader.types =
        "%x = OpSpecConstant %uint 32\n%size = OpSpecConstantComposite %v3 %x %one %one\n";
    Pipeline pipeline;
    CHECK(pipeline.refused_by(shader) == "");
    pipeline.entries = {{1, 0, 4}};
    pipeline.data = {1u << 20};
    CHECK(pipeline.refused_by(shader) == "local-size");
}

TEST_CASE("memory of a workgroup or an invocation beyond its bound is refused") {
    Compute shared;
    shared.types =
        "%n = OpConstant %uint 5000\n%a = OpTypeArray %uint %n\n"
        "%p = OpTypePointer Workgroup %a\n%q = OpTypePointer Workgroup %uint\n"
        "%w = OpVariable %p Workgroup\n";
    shared.body = "%at = OpAccessChain %q %w %one\nOpStore %at %four\n";
    CHECK(Pipeline().refused_by(shared) == "workgroup-memory");
    Pipeline larger;
    larger.limits.workgroup_bytes = 20000;
    CHECK(larger.refused_by(shared) == "");
    Compute own;
    own.types =
        "%n = OpConstant %uint 100000\n%a = OpTypeArray %uint %n\n"
        "%p = OpTypePointer Function %a\n%q = OpTypePointer Function %uint\n";
    own.body = "%v = OpVariable %p Function\n%at = OpAccessChain %q %v %one\nOpStore %at %four\n";
    CHECK(Pipeline().refused_by(own) == "private-memory");
    Compute global;
    global.types =
        "%n = OpConstant %uint 100000\n%a = OpTypeArray %uint %n\n"
        "%p = OpTypePointer Private %a\n%q = OpTypePointer Private %uint\n"
        "%v = OpVariable %p Private\n";
    global.body = "%at = OpAccessChain %q %v %one\nOpStore %at %four\n";
    CHECK(Pipeline().refused_by(global) == "private-memory");
}

TEST_CASE("functions that grow without end when they are inlined are refused") {
    Compute shader;
    for (int i = 0; i < 30; ++i) {
        const std::string id = std::to_string(i), callee = std::to_string(i - 1);
        shader.functions += "%f" + id + " = OpFunction %void None %call\n%l" + id + " = OpLabel\n";
        if (i != 0)
            shader.functions += "%c" + id + " = OpFunctionCall %void %f" + callee + "\n%d" + id +
                                " = OpFunctionCall %void %f" + callee + "\n";
        shader.functions += "OpReturn\nOpFunctionEnd\n";
    }
    shader.body = "%x = OpFunctionCall %void %f29\n";
    CHECK(Pipeline().refused_by(shader) == "scalars");
}

TEST_CASE("a load of a giant array, which drivers take apart, is refused") {
    Compute shader = with_buffer();
    shader.types =
        "%n = OpConstant %uint 16777216\n%data = OpTypeArray %uint %n\n"
        "%block = OpTypeStruct %data\n"
        "%to_block = OpTypePointer StorageBuffer %block\n"
        "%to_data = OpTypePointer StorageBuffer %data\n"
        "%buffer = OpVariable %to_block StorageBuffer\n";
    shader.body = "%at = OpAccessChain %to_data %buffer %zero\n%all = OpLoad %data %at\n";
    CHECK(Pipeline().refused_by(shader) == "scalars");
    // The array itself may be as large as a buffer.
    shader.body = "%at = OpAccessChain %to_data %buffer %zero\n";
    CHECK(Pipeline().refused_by(shader) == "");
}

TEST_CASE("push constants outside the layout's range for the stage are refused") {
    Compute shader;
    shader.decorations =
        "OpMemberDecorate %block 0 Offset 0\nOpMemberDecorate %block 1 Offset 64\n"
        "OpDecorate %block Block\n";
    shader.types =
        "%block = OpTypeStruct %uint %uint\n%p = OpTypePointer PushConstant %block\n"
        "%q = OpTypePointer PushConstant %uint\n%push = OpVariable %p PushConstant\n";
    shader.body = "%at = OpAccessChain %q %push %one\n%x = OpLoad %uint %at\n";
    Pipeline pipeline;
    CHECK(pipeline.refused_by(shader) == "push-constants");
    pipeline.ranges = {{VK_SHADER_STAGE_COMPUTE_BIT, 0, 64}};
    CHECK(pipeline.refused_by(shader) == "push-constants");
    pipeline.ranges = {{VK_SHADER_STAGE_FRAGMENT_BIT, 0, 68}};
    CHECK(pipeline.refused_by(shader) == "push-constants");
    pipeline.ranges = {{VK_SHADER_STAGE_COMPUTE_BIT, 0, 68}};
    CHECK(pipeline.refused_by(shader) == "");
    // A member that is not used need not be there.
    shader.body = "%at = OpAccessChain %q %push %zero\n%x = OpLoad %uint %at\n";
    pipeline.ranges = {{VK_SHADER_STAGE_COMPUTE_BIT, 0, 4}};
    CHECK(pipeline.refused_by(shader) == "");
}

TEST_CASE("locations beyond the device's are refused") {
    Pipeline vertex;
    vertex.stage = VK_SHADER_STAGE_VERTEX_BIT;
    const auto at = [](int location) {
        return "OpDecorate %var Location " + std::to_string(location) + "\n";
    };
    const std::string vector = "%type = OpTypeVector %float 2\n",
                      matrix = "%type = OpTypeArray %v4 %n\n";
    CHECK(vertex.refused_by(interface_shader("Vertex", "Input", at(15), vector)) == "");
    CHECK(vertex.refused_by(interface_shader("Vertex", "Input", at(16), vector)) == "locations");
    CHECK(vertex.refused_by(interface_shader("Vertex", "Input", at(0x7fffffff), vector)) ==
          "locations");
    CHECK(vertex.refused_by(interface_shader("Vertex", "Output", at(0), matrix)) == "locations");
    Pipeline fragment;
    fragment.stage = VK_SHADER_STAGE_FRAGMENT_BIT;
    CHECK(fragment.refused_by(interface_shader("Fragment", "Output", at(3), vector)) == "");
    CHECK(fragment.refused_by(interface_shader("Fragment", "Output", at(4), vector)) ==
          "locations");
    const std::string clip = "OpDecorate %var BuiltIn ClipDistance\n";
    CHECK(vertex.refused_by(interface_shader("Vertex", "Output", clip,
                                             "%type = OpTypeArray %float %n\n")) == "locations");
}

TEST_CASE("a geometry shader that makes more vertices than the device can is refused") {
    const auto shader = [](int vertices, int invocations) {
        return assemble(
            "OpCapability Geometry\nOpMemoryModel Logical GLSL450\n"
            "OpEntryPoint Geometry %main \"main\"\nOpExecutionMode %main Triangles\n"
            "OpExecutionMode %main OutputTriangleStrip\n"
            "OpExecutionMode %main OutputVertices " +
            std::to_string(vertices) + "\nOpExecutionMode %main Invocations " +
            std::to_string(invocations) +
            "\n%void = OpTypeVoid\n%call = OpTypeFunction %void\n"
            "%main = OpFunction %void None %call\n%l = OpLabel\nOpReturn\n"
            "OpFunctionEnd\n");
    };
    Pipeline pipeline;
    pipeline.stage = VK_SHADER_STAGE_GEOMETRY_BIT;
    CHECK(pipeline.refused_by(shader(256, 32)) == "");
    CHECK(pipeline.refused_by(shader(257, 1)) == "geometry");
    CHECK(pipeline.refused_by(shader(0x7fffffff, 1)) == "geometry");
    CHECK(pipeline.refused_by(shader(3, 33)) == "geometry");
}
