// In the order of their definition: what a constant is made of came before it.
#include "gate/constants.h"

#include <algorithm>

namespace vgpu::gate {

namespace {

using Value = std::optional<std::uint64_t>;

bool is_integer(const Type& type) {
    return type.op == spv::OpTypeInt || type.op == spv::OpTypeBool;
}

std::uint32_t bits_of(const Type& type) {
    return type.op == spv::OpTypeBool ? 1 : std::clamp<std::uint32_t>(type.bits, 1, 64);
}

std::uint64_t cut(std::uint64_t value, std::uint32_t bits) {
    return bits >= 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
}

std::int64_t with_sign(std::uint64_t value, std::uint32_t bits) {
    const std::uint32_t above = 64 - bits;
    return static_cast<std::int64_t>(value << above) >> above;
}

Value divide(spv::Op op, std::uint64_t a, std::uint64_t b, std::uint32_t bits) {
    if (b == 0) return {};
    if (op == spv::OpUDiv) return a / b;
    if (op == spv::OpUMod) return a % b;
    const std::int64_t x = with_sign(a, bits), y = with_sign(b, bits);
    if (y == -1) return op == spv::OpSDiv ? std::uint64_t{0} - static_cast<std::uint64_t>(x) : 0;
    if (op == spv::OpSDiv) return static_cast<std::uint64_t>(x / y);
    const std::int64_t rest = x % y;
    const bool floors = op == spv::OpSMod && rest != 0 && (rest < 0) != (y < 0);
    return static_cast<std::uint64_t>(floors ? rest + y : rest);
}

// `bits` is the operands' width.
Value binary(spv::Op op, std::uint64_t a, std::uint64_t b, std::uint32_t bits) {
    const std::int64_t x = with_sign(a, bits), y = with_sign(b, bits);
    switch (op) {
        case spv::OpIAdd:
            return a + b;
        case spv::OpISub:
            return a - b;
        case spv::OpIMul:
            return a * b;
        case spv::OpUDiv:
        case spv::OpSDiv:
        case spv::OpUMod:
        case spv::OpSRem:
        case spv::OpSMod:
            return divide(op, a, b, bits);
        case spv::OpShiftLeftLogical:
            return b < bits ? a << b : 0;
        case spv::OpShiftRightLogical:
            return b < bits ? a >> b : 0;
        case spv::OpShiftRightArithmetic:
            return static_cast<std::uint64_t>(x >> std::min<std::uint64_t>(b, bits - 1));
        case spv::OpBitwiseOr:
        case spv::OpLogicalOr:
            return a | b;
        case spv::OpBitwiseXor:
        case spv::OpLogicalNotEqual:
            return a ^ b;
        case spv::OpBitwiseAnd:
        case spv::OpLogicalAnd:
            return a & b;
        case spv::OpLogicalEqual:
        case spv::OpIEqual:
            return a == b;
        case spv::OpINotEqual:
            return a != b;
        case spv::OpULessThan:
            return a < b;
        case spv::OpULessThanEqual:
            return a <= b;
        case spv::OpUGreaterThan:
            return a > b;
        case spv::OpUGreaterThanEqual:
            return a >= b;
        case spv::OpSLessThan:
            return x < y;
        case spv::OpSLessThanEqual:
            return x <= y;
        case spv::OpSGreaterThan:
            return x > y;
        case spv::OpSGreaterThanEqual:
            return x >= y;
        default:
            return {};
    }
}

// One evaluation. Lives on the caller's stack.
class Evaluation {
  public:
    Evaluation(const Shader& shader, std::span<const SpecValue> specialization)
        : shader_(shader), specialization_(specialization) {}

    std::vector<Value> run() {
        values_.reserve(shader_.constants.size());
        for (const Constant& constant : shader_.constants) {
            const Type& type = shader_.types[constant.type];
            Value value = is_integer(type) ? value_of(constant) : std::nullopt;
            if (value) value = cut(*value, bits_of(type));
            values_.push_back(value);
        }
        return std::move(values_);
    }

  private:
    Value value_of(const Constant& constant) const {
        switch (constant.op) {
            case spv::OpConstant:
            case spv::OpConstantTrue:
            case spv::OpConstantFalse:
            case spv::OpConstantNull:
                return constant.value;
            case spv::OpSpecConstant:
            case spv::OpSpecConstantTrue:
            case spv::OpSpecConstantFalse:
                return specialized(constant);
            case spv::OpSpecConstantOp:
                return operated(constant);
            default:
                return {};
        }
    }
    Value specialized(const Constant& constant) const {
        if (constant.spec_id == kNone) return constant.value;
        const auto given =
            std::lower_bound(specialization_.begin(), specialization_.end(), constant.spec_id,
                             [](const SpecValue& one, std::uint32_t id) { return one.id < id; });
        if (given == specialization_.end() || given->id != constant.spec_id) return constant.value;
        return shader_.types[constant.type].op == spv::OpTypeBool ? given->value != 0
                                                                  : given->value;
    }
    // Of the constant that is the operand `i`.
    Value operand(const Constant& constant, std::size_t i) const {
        if (i >= constant.operands.size() || constant.operands[i] >= values_.size()) return {};
        return values_[constant.operands[i]];
    }
    std::uint32_t operand_bits(const Constant& constant, std::size_t i) const {
        return bits_of(shader_.types[shader_.constants[constant.operands[i]].type]);
    }
    Value operated(const Constant& constant) const {
        if (constant.operation == spv::OpCompositeExtract) return extracted(constant);
        const Value a = operand(constant, 0);
        if (!a) return {};
        const std::uint32_t bits = operand_bits(constant, 0);
        switch (constant.operation) {
            case spv::OpUConvert:
                return a;
            case spv::OpSConvert:
                return static_cast<std::uint64_t>(with_sign(*a, bits));
            case spv::OpSNegate:
                return std::uint64_t{0} - *a;
            case spv::OpNot:
                return ~*a;
            case spv::OpLogicalNot:
                return *a == 0;
            case spv::OpSelect:
                return *a != 0 ? operand(constant, 1) : operand(constant, 2);
            default:
                break;
        }
        const Value b = operand(constant, 1);
        return b ? binary(constant.operation, *a, *b, bits) : std::nullopt;
    }
    Value extracted(const Constant& constant) const {
        if (constant.operands.size() != 2 || constant.operands[0] >= values_.size()) return {};
        return operand(shader_.constants[constant.operands[0]], constant.operands[1]);
    }

    const Shader& shader_;
    std::span<const SpecValue> specialization_;
    std::vector<Value> values_;
};

}  // namespace

std::vector<Value> evaluate(const Shader& shader, std::span<const SpecValue> specialization) {
    return Evaluation(shader, specialization).run();
}

}  // namespace vgpu::gate
