// Types in the order of their definition, then functions from the called to the callers.
#include "gate/sizes.h"

#include <algorithm>

#include "gate/bounds.h"
#include "gate/constants.h"

namespace vgpu::gate {

namespace {

constexpr std::uint64_t kMost = ~std::uint64_t{0};

std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
    return a > kMost - b ? kMost : a + b;
}
std::uint64_t times(std::uint64_t a, std::uint64_t b) {
    return a != 0 && b > kMost / a ? kMost : a * b;
}

Refusal refusal(const char* check, std::string text) {
    return {check, std::move(text)};
}

std::uint64_t member_bytes(const Shader& shader, const Sizes& sizes, const Member& member) {
    const Type& type = shader.types[member.type];
    const std::uint64_t natural = sizes.bytes[member.type];
    if (type.op != spv::OpTypeMatrix || member.matrix_stride == 0) return natural;
    const std::uint64_t vectors =
        member.row_major ? shader.types[type.element].count : std::uint64_t{type.count};
    return std::max(natural, times(vectors, member.matrix_stride));
}

void measure_struct(const Shader& shader, const Type& type, Sizes& sizes, std::uint64_t& bytes,
                    std::uint64_t& scalars, std::uint64_t& locations) {
    for (std::uint32_t i = 0; i < type.members; ++i) {
        const Member& member = shader.members[type.first_member + i];
        const std::uint64_t begin = member.offset != kNone ? member.offset : bytes;
        bytes = std::max(bytes, plus(begin, member_bytes(shader, sizes, member)));
        scalars = plus(scalars, sizes.scalars[member.type]);
        locations = plus(locations, sizes.locations[member.type]);
    }
}

// The length of an array, or a refusal.
Verdict length_of(const Type& type, const Sizes& sizes, std::uint64_t& length) {
    const auto value = sizes.values[type.length];
    if (!value)
        return refusal("specialization", "The length of an array (id " + std::to_string(type.id) +
                                             ") is a constant that cannot be computed.");
    if (*value == 0 || *value > 0xffffffff)
        return refusal("types", "An array (id " + std::to_string(type.id) + ") has " +
                                    std::to_string(*value) + " elements.");
    length = *value;
    return {};
}

Verdict measure_type(const Shader& shader, std::size_t index, Sizes& sizes) {
    const Type& type = shader.types[index];
    std::uint64_t bytes = 8, scalars = 1, locations = 1, length = 0;
    switch (type.op) {
        case spv::OpTypeVoid:
        case spv::OpTypeFunction:
            bytes = scalars = locations = 0;
            break;
        case spv::OpTypeBool:
            bytes = 4;
            break;
        case spv::OpTypeInt:
        case spv::OpTypeFloat:
            bytes = (type.bits + 7) / 8;
            break;
        case spv::OpTypeVector:
            bytes = times(sizes.bytes[type.element], type.count);
            scalars = type.count;
            locations = bytes > 16 ? 2 : 1;
            break;
        case spv::OpTypeMatrix:
            bytes = times(sizes.bytes[type.element], type.count);
            scalars = times(sizes.scalars[type.element], type.count);
            locations = times(sizes.locations[type.element], type.count);
            break;
        case spv::OpTypeArray:
            if (const Verdict bad = length_of(type, sizes, length)) return bad;
            bytes = times(std::max<std::uint64_t>(type.stride, sizes.bytes[type.element]), length);
            scalars = times(sizes.scalars[type.element], length);
            locations = times(sizes.locations[type.element], length);
            break;
        case spv::OpTypeRuntimeArray:
            bytes = 0;
            break;
        case spv::OpTypeStruct:
            bytes = scalars = locations = 0;
            measure_struct(shader, type, sizes, bytes, scalars, locations);
            break;
        default:
            break;
    }
    if (bytes > kMaxTypeBytes)
        return refusal("types", "A type (id " + std::to_string(type.id) + ") has more than " +
                                    std::to_string(kMaxTypeBytes) + " octets.");
    sizes.lengths.push_back(length);
    sizes.bytes.push_back(bytes);
    sizes.scalars.push_back(scalars);
    sizes.locations.push_back(locations);
    return {};
}

Verdict measure_constants(const Shader& shader, const Sizes& sizes) {
    std::uint64_t sum = 0;
    for (const Constant& constant : shader.constants) sum = plus(sum, sizes.scalars[constant.type]);
    if (sum <= kMaxConstantScalars) return {};
    return refusal("constants", "Its constants consist of more than " +
                                    std::to_string(kMaxConstantScalars) + " scalars.");
}

// Functions, each after those that it calls. Lives on the caller's stack.
class Order {
  public:
    explicit Order(const Shader& shader)
        : shader_(shader), depth_(shader.functions.size()), state_(shader.functions.size()) {}

    Verdict run() {
        for (std::uint32_t i = 0; i < shader_.functions.size(); ++i)
            if (!visit(i)) return refused_;
        return {};
    }
    std::vector<std::uint32_t> order;

  private:
    enum State : std::uint8_t { kNew, kOpen, kDone };
    struct Step {
        std::uint32_t function;
        std::map<std::uint32_t, std::uint32_t>::const_iterator next;
    };

    // By a stack of our own: a guest chooses how deep its calls are.
    bool visit(std::uint32_t root) {
        if (state_[root] != kNew) return true;
        std::vector<Step> stack;
        const auto open = [&](std::uint32_t function) {
            state_[function] = kOpen;
            stack.push_back({function, shader_.functions[function].calls.begin()});
        };
        open(root);
        while (!stack.empty()) {
            Step& step = stack.back();
            const Function& function = shader_.functions[step.function];
            if (step.next == function.calls.end()) {
                if (!close(step.function)) return false;
                stack.pop_back();
                continue;
            }
            const std::uint32_t callee = (step.next++)->first;
            if (state_[callee] == kOpen) {
                refused_ = refusal("calls", "A function calls itself, by others or directly.");
                return false;
            }
            if (state_[callee] == kNew) open(callee);
        }
        return true;
    }
    bool close(std::uint32_t index) {
        for (const auto& [callee, n] : shader_.functions[index].calls)
            depth_[index] = std::max(depth_[index], depth_[callee] + 1);
        state_[index] = kDone;
        order.push_back(index);
        if (depth_[index] <= kMaxCallDepth) return true;
        refused_ = refusal(
            "calls", "Its calls are nested deeper than " + std::to_string(kMaxCallDepth) + ".");
        return false;
    }

    const Shader& shader_;
    std::vector<std::uint32_t> depth_;
    std::vector<State> state_;
    Verdict refused_;
};

Verdict measure_functions(const Shader& shader, Sizes& sizes) {
    Order calls(shader);
    if (Verdict bad = calls.run()) return bad;
    sizes.function_scalars.assign(shader.functions.size(), 0);
    sizes.function_bytes.assign(shader.functions.size(), 0);
    for (const std::uint32_t index : calls.order) {
        const Function& function = shader.functions[index];
        std::uint64_t scalars = function.instructions, bytes = 0;
        for (const auto& [type, n] : function.values)
            scalars = plus(scalars, times(n, sizes.scalars[type]));
        for (const std::uint32_t type : function.locals) bytes = plus(bytes, sizes.bytes[type]);
        for (const auto& [callee, n] : function.calls) {
            scalars = plus(scalars, times(n, sizes.function_scalars[callee]));
            bytes = plus(bytes, times(n, sizes.function_bytes[callee]));
        }
        sizes.function_scalars[index] = scalars;
        sizes.function_bytes[index] = bytes;
    }
    return {};
}

}  // namespace

Verdict measure(const Shader& shader, std::span<const SpecValue> specialization, Sizes& sizes) {
    sizes = {};
    sizes.values = evaluate(shader, specialization);
    for (std::size_t i = 0; i < shader.types.size(); ++i)
        if (Verdict bad = measure_type(shader, i, sizes)) return bad;
    if (Verdict bad = measure_constants(shader, sizes)) return bad;
    return measure_functions(shader, sizes);
}

}  // namespace vgpu::gate
