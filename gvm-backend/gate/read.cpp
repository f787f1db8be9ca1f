// One pass over a module's instructions, by SPIRV-Tools' grammar: what is an id, what a literal.
#include <spirv-tools/libspirv.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <unordered_set>

#include "gate/bounds.h"
#include "gate/shader.h"

namespace vgpu::gate {

namespace {

struct Decorations {
    std::uint32_t set = kNone, binding = kNone, location = kNone, built_in = kNone;
    std::uint32_t component = 0, spec_id = kNone, array_stride = 0;
    std::uint32_t offset = kNone, matrix_stride = 0;
    bool block = false, buffer_block = false, patch = false, row_major = false;

    void add(spv::Decoration decoration, std::uint32_t value) {
        switch (decoration) {
            case spv::DecorationDescriptorSet:
                set = value;
                break;
            case spv::DecorationBinding:
                binding = value;
                break;
            case spv::DecorationLocation:
                location = value;
                break;
            case spv::DecorationComponent:
                component = value;
                break;
            case spv::DecorationBuiltIn:
                built_in = value;
                break;
            case spv::DecorationSpecId:
                spec_id = value;
                break;
            case spv::DecorationArrayStride:
                array_stride = value;
                break;
            case spv::DecorationOffset:
                offset = value;
                break;
            case spv::DecorationMatrixStride:
                matrix_stride = value;
                break;
            case spv::DecorationRowMajor:
                row_major = true;
                break;
            case spv::DecorationBlock:
                block = true;
                break;
            case spv::DecorationBufferBlock:
                buffer_block = true;
                break;
            case spv::DecorationPatch:
                patch = true;
                break;
            default:
                break;
        }
    }
    void merge(const Decorations& other) {
        Decorations mine = *this;
        *this = other;
        if (mine.set != kNone) set = mine.set;
        if (mine.binding != kNone) binding = mine.binding;
        if (mine.location != kNone) location = mine.location;
        if (mine.built_in != kNone) built_in = mine.built_in;
        if (mine.spec_id != kNone) spec_id = mine.spec_id;
        if (mine.offset != kNone) offset = mine.offset;
        component = std::max(component, mine.component);
        array_stride = std::max(array_stride, mine.array_stride);
        matrix_stride = std::max(matrix_stride, mine.matrix_stride);
        block |= mine.block;
        buffer_block |= mine.buffer_block;
        patch |= mine.patch;
        row_major |= mine.row_major;
    }
};

enum class Kind : std::uint8_t { Unknown, Type, Constant, Variable, Function, Value };

struct Known {
    Kind kind;
    std::uint32_t where;  // index in the vector of its kind
    std::uint32_t type;   // of constants, variables and values: index + 1, or 0
};

// One pass. Lives on the reading thread's stack; what it is given is the guest's, unchecked.
class Pass {
  public:
    explicit Pass(Shader& shader) : shader_(shader) {}

    bool begin(std::uint32_t id_bound);
    bool take(const spv_parsed_instruction_t& instruction);
    void finish();

    Verdict refused;

  private:
    struct Mode {
        std::uint32_t function;
        spv::ExecutionMode mode;
        std::array<std::uint32_t, 3> values;
    };

    // --- an instruction's words
    static std::uint32_t word(const spv_parsed_instruction_t& in, std::uint32_t operand) {
        return operand < in.num_operands ? in.words[in.operands[operand].offset] : 0;
    }
    bool refuse(const char* check, std::string text) {
        if (!refused) refused = Refusal{check, std::move(text)};
        return false;
    }
    template <typename T>
    bool within(const std::vector<T>& all, std::uint32_t most, const char* what) {
        if (all.size() < most) return true;
        return refuse("counts", "It has more than " + std::to_string(most) + " " + what + ".");
    }
    Known& known(std::uint32_t id) { return ids_[id < bound_ ? id : 0]; }
    // Index of the thing of that kind, or kNone and a refusal.
    std::uint32_t need(std::uint32_t id, Kind kind, const char* what);
    void define(std::uint32_t id, Kind kind, std::size_t where, std::uint32_t type_id = 0);

    bool take_type(const spv_parsed_instruction_t& in);
    bool take_forward_pointer(const spv_parsed_instruction_t& in);
    bool take_struct(const spv_parsed_instruction_t& in, Type& type);
    bool take_constant(const spv_parsed_instruction_t& in);
    bool take_variable(const spv_parsed_instruction_t& in);
    bool take_entry_point(const spv_parsed_instruction_t& in);
    bool take_decoration(const spv_parsed_instruction_t& in);
    bool take_body(const spv_parsed_instruction_t& in);
    void note_uses(const spv_parsed_instruction_t& in, Function& function);
    void note_use(Function& function, std::uint32_t variable, std::uint32_t member);
    void apply_decorations();
    void apply_modes();

    Shader& shader_;
    std::uint32_t bound_ = 0;
    std::unique_ptr<Known[], decltype(&std::free)> ids_{nullptr, &std::free};
    std::unordered_map<std::uint32_t, Decorations> decorations_;
    std::unordered_map<std::uint64_t, Decorations> member_decorations_;  // type id, member
    std::unordered_set<std::uint32_t>
        forward_pointers_;  // ids of those that have no declaration of their own yet
    std::vector<Mode> modes_;
    std::vector<std::uint32_t> entry_functions_;  // ids, by entry point
    std::vector<std::vector<std::uint32_t>> entry_interfaces_;
    std::vector<std::map<std::uint32_t, std::uint32_t>> calls_;  // by function: callee id, times
    std::uint32_t blocks_ = 0;
    bool in_function_ = false;
};

bool Pass::begin(std::uint32_t id_bound) {
    if (id_bound == 0 || id_bound > kMaxIdBound)
        return refuse("counts", "Its id bound (" + std::to_string(id_bound) + ") is not 1 to " +
                                    std::to_string(kMaxIdBound) + ".");
    bound_ = id_bound;
    // calloc: pages that no id touches cost nothing.
    ids_.reset(static_cast<Known*>(std::calloc(id_bound, sizeof(Known))));
    return ids_ ? true : refuse("counts", "There is no memory for its ids.");
}

void Pass::define(std::uint32_t id, Kind kind, std::size_t where, std::uint32_t type_id) {
    if (id == 0 || id >= bound_) return;
    const Known& type = known(type_id);
    ids_[id] = {kind, static_cast<std::uint32_t>(where),
                type_id != 0 && type.kind == Kind::Type ? type.where + 1 : 0};
}

std::uint32_t Pass::need(std::uint32_t id, Kind kind, const char* what) {
    const Known& there = known(id);
    if (id != 0 && there.kind == kind) return there.where;
    refuse("shape", "Id " + std::to_string(id) + " is used as a " + what + ", and is none yet.");
    return kNone;
}

bool Pass::take_struct(const spv_parsed_instruction_t& in, Type& type) {
    type.first_member = static_cast<std::uint32_t>(shader_.members.size());
    type.members = in.num_operands - 1u;
    if (type.members > kMaxMembers)
        return refuse("counts", "A structure has " + std::to_string(type.members) +
                                    " members, more than " + std::to_string(kMaxMembers) + ".");
    for (std::uint32_t i = 0; i < type.members; ++i) {
        Member member;
        const std::uint32_t id = word(in, i + 1);
        if (known(id).kind != Kind::Type)
            return refuse("shape",
                          "Id " + std::to_string(id) + " is a member's type, and is none.");
        member.type = known(id).where;
        type.depth = std::max(type.depth, shader_.types[member.type].depth + 1);
        shader_.members.push_back(member);
    }
    return true;
}

// A pointer whose own declaration comes later: members and elements may have it before.
bool Pass::take_forward_pointer(const spv_parsed_instruction_t& in) {
    if (!within(shader_.types, kMaxTypes, "types")) return false;
    const std::uint32_t id = word(in, 0);
    if (id == 0 || id >= bound_ || known(id).kind != Kind::Unknown)
        return refuse("shape", "Id " + std::to_string(id) + " cannot be declared as a pointer.");
    Type type;
    type.op = spv::OpTypePointer;
    type.id = id;
    type.storage = static_cast<spv::StorageClass>(word(in, 1));
    forward_pointers_.insert(id);
    define(id, Kind::Type, shader_.types.size());
    shader_.types.push_back(type);
    return true;
}

bool Pass::take_type(const spv_parsed_instruction_t& in) {
    if (in.opcode == spv::OpTypePointer && forward_pointers_.erase(in.result_id) != 0) {
        shader_.types[known(in.result_id).where].pointee_id = word(in, 2);
        return true;
    }
    if (!within(shader_.types, kMaxTypes, "types")) return false;
    Type type;
    type.op = static_cast<spv::Op>(in.opcode);
    type.id = in.result_id;
    const auto nest = [&](std::uint32_t id) {
        type.element = need(id, Kind::Type, "type");
        if (type.element == kNone) return false;
        type.depth = shader_.types[type.element].depth + 1;
        return true;
    };
    switch (type.op) {
        case spv::OpTypeInt:
        case spv::OpTypeFloat:
            type.bits = word(in, 1);
            type.count = type.op == spv::OpTypeInt ? word(in, 2) : 1;  // signedness
            break;
        case spv::OpTypeVector:
        case spv::OpTypeMatrix:
            if (!nest(word(in, 1))) return false;
            type.count = word(in, 2);
            if (type.count > 16)
                return refuse("types",
                              "A vector has " + std::to_string(type.count) + " components.");
            break;
        case spv::OpTypeArray:
            if (!nest(word(in, 1))) return false;
            type.length = need(word(in, 2), Kind::Constant, "constant");
            if (type.length == kNone) return false;
            break;
        case spv::OpTypeRuntimeArray:
        case spv::OpTypeSampledImage:
            if (!nest(word(in, 1))) return false;
            break;
        case spv::OpTypeImage:
            type.dim = static_cast<spv::Dim>(word(in, 2));
            type.sampled = word(in, 6);
            break;
        case spv::OpTypePointer:
            type.storage = static_cast<spv::StorageClass>(word(in, 1));
            type.pointee_id = word(in, 2);
            break;
        case spv::OpTypeStruct:
            if (!take_struct(in, type)) return false;
            break;
        default:
            break;
    }
    if (type.depth > kMaxTypeDepth)
        return refuse("types",
                      "A type is nested deeper than " + std::to_string(kMaxTypeDepth) + ".");
    define(in.result_id, Kind::Type, shader_.types.size());
    shader_.types.push_back(type);
    return true;
}

bool Pass::take_constant(const spv_parsed_instruction_t& in) {
    if (!within(shader_.constants, kMaxConstants, "constants")) return false;
    Constant constant;
    constant.id = in.result_id;
    constant.op = static_cast<spv::Op>(in.opcode);
    constant.type = need(in.type_id, Kind::Type, "type");
    if (constant.type == kNone) return false;
    switch (constant.op) {
        case spv::OpConstant:
        case spv::OpSpecConstant:
            constant.value = word(in, 2);
            if (in.num_words > 4) constant.value |= std::uint64_t{in.words[4]} << 32;
            break;
        case spv::OpConstantTrue:
        case spv::OpSpecConstantTrue:
            constant.value = 1;
            break;
        case spv::OpSpecConstantOp:
            constant.operation = static_cast<spv::Op>(word(in, 2));
            for (std::uint32_t i = 3; i < in.num_operands && i < 7; ++i) {
                const bool is_id = in.operands[i].type == SPV_OPERAND_TYPE_ID;
                const Known& operand = known(word(in, i));
                if (!is_id)
                    constant.operands.push_back(word(in, i));
                else
                    constant.operands.push_back(operand.kind == Kind::Constant ? operand.where
                                                                               : kNone);
            }
            break;
        case spv::OpConstantComposite:
        case spv::OpSpecConstantComposite:
            for (std::uint32_t i = 2; i < in.num_operands && i < 6; ++i) {
                const Known& part = known(word(in, i));
                constant.operands.push_back(part.kind == Kind::Constant ? part.where : kNone);
            }
            break;
        default:
            break;
    }
    define(in.result_id, Kind::Constant, shader_.constants.size(), in.type_id);
    shader_.constants.push_back(std::move(constant));
    return true;
}

bool Pass::take_variable(const spv_parsed_instruction_t& in) {
    const std::uint32_t pointer = need(in.type_id, Kind::Type, "type");
    if (pointer == kNone) return false;
    if (shader_.types[pointer].op != spv::OpTypePointer)
        return refuse("shape", "A variable's type is no pointer.");
    const Known& pointee = known(shader_.types[pointer].pointee_id);
    if (pointee.kind != Kind::Type) return refuse("shape", "A variable points at no type.");
    if (in_function_) {
        shader_.functions.back().locals.push_back(pointee.where);
        define(in.result_id, Kind::Value, 0, in.type_id);
        return true;
    }
    if (!within(shader_.variables, kMaxGlobals, "variables")) return false;
    Variable variable;
    variable.id = in.result_id;
    variable.type = pointee.where;
    variable.storage = static_cast<spv::StorageClass>(word(in, 2));
    define(in.result_id, Kind::Variable, shader_.variables.size(), in.type_id);
    shader_.variables.push_back(variable);
    return true;
}

bool Pass::take_entry_point(const spv_parsed_instruction_t& in) {
    if (!within(shader_.entry_points, kMaxEntryPoints, "entry points")) return false;
    EntryPoint entry;
    entry.model = static_cast<spv::ExecutionModel>(word(in, 0));
    if (in.num_operands < 3) return refuse("shape", "An entry point has no name.");
    // The parser has seen the zero at its end.
    entry.name = reinterpret_cast<const char*>(in.words + in.operands[2].offset);
    std::vector<std::uint32_t> interface;
    for (std::uint32_t i = 3; i < in.num_operands; ++i) interface.push_back(word(in, i));
    entry_functions_.push_back(word(in, 1));
    entry_interfaces_.push_back(std::move(interface));
    shader_.entry_points.push_back(std::move(entry));
    return true;
}

bool Pass::take_decoration(const spv_parsed_instruction_t& in) {
    switch (static_cast<spv::Op>(in.opcode)) {
        case spv::OpDecorate:
            decorations_[word(in, 0)].add(static_cast<spv::Decoration>(word(in, 1)), word(in, 2));
            break;
        case spv::OpMemberDecorate:
            member_decorations_[std::uint64_t{word(in, 0)} << 32 | word(in, 1)].add(
                static_cast<spv::Decoration>(word(in, 2)), word(in, 3));
            break;
        case spv::OpGroupDecorate: {
            const Decorations group = decorations_[word(in, 0)];
            for (std::uint32_t i = 1; i < in.num_operands; ++i)
                decorations_[word(in, i)].merge(group);
            break;
        }
        case spv::OpGroupMemberDecorate: {
            const Decorations group = decorations_[word(in, 0)];
            for (std::uint32_t i = 1; i + 1 < in.num_operands; i += 2)
                member_decorations_[std::uint64_t{word(in, i)} << 32 | word(in, i + 1)].merge(
                    group);
            break;
        }
        default:
            break;
    }
    return true;
}

void Pass::note_use(Function& function, std::uint32_t variable, std::uint32_t member) {
    std::vector<std::uint32_t>& members = function.uses[variable];
    if (shader_.variables[variable].storage != spv::StorageClassPushConstant) return;
    if (std::find(members.begin(), members.end(), member) == members.end())
        members.push_back(member);
}

void Pass::note_uses(const spv_parsed_instruction_t& in, Function& function) {
    const auto op = static_cast<spv::Op>(in.opcode);
    for (std::uint32_t i = 0; i < in.num_operands; ++i) {
        if (in.operands[i].type != SPV_OPERAND_TYPE_ID) continue;
        const Known& operand = known(word(in, i));
        if (operand.kind != Kind::Variable) continue;
        std::uint32_t member = kNone;
        const bool chain = op == spv::OpAccessChain || op == spv::OpInBoundsAccessChain;
        if (chain && i == 2 && in.num_operands > 3) {
            const Known& index = known(word(in, 3));
            if (index.kind == Kind::Constant &&
                shader_.constants[index.where].op == spv::OpConstant)
                member = static_cast<std::uint32_t>(shader_.constants[index.where].value);
        }
        note_use(function, operand.where, member);
    }
}

bool Pass::take_body(const spv_parsed_instruction_t& in) {
    Function& function = shader_.functions.back();
    ++function.instructions;
    const auto op = static_cast<spv::Op>(in.opcode);
    if (in.result_id != 0 && op != spv::OpVariable)
        define(in.result_id, Kind::Value, 0, in.type_id);
    const Known& type = known(in.type_id);
    if (in.type_id != 0 && type.kind == Kind::Type) ++function.values[type.where];
    note_uses(in, function);
    switch (op) {
        case spv::OpVariable:
            return take_variable(in);
        case spv::OpLabel:
            if (++blocks_ > kMaxBlocks)
                return refuse("counts",
                              "It has more than " + std::to_string(kMaxBlocks) + " blocks.");
            break;
        case spv::OpSwitch:
            if (in.num_operands / 2 > kMaxSwitchBranches + 1)
                return refuse("counts", "A switch has more than " +
                                            std::to_string(kMaxSwitchBranches) + " branches.");
            break;
        case spv::OpFunctionCall:
            ++calls_.back()[word(in, 2)];
            break;
        case spv::OpStore: {
            const Known& value = known(word(in, 1));
            if (value.kind == Kind::Constant && value.type != 0) ++function.values[value.type - 1];
            break;
        }
        case spv::OpCopyMemory:
        case spv::OpCopyMemorySized: {
            const Known& to = known(word(in, 0));
            if (to.type == 0) break;
            const Known& pointee = known(shader_.types[to.type - 1].pointee_id);
            if (pointee.kind == Kind::Type) ++function.values[pointee.where];
            break;
        }
        default:
            break;
    }
    return true;
}

bool Pass::take(const spv_parsed_instruction_t& in) {
    const auto op = static_cast<spv::Op>(in.opcode);
    if (in.result_id >= bound_ || in.type_id >= bound_)
        return refuse("shape", "An id is not below the module's bound.");
    if (op == spv::OpFunction) {
        if (!within(shader_.functions, kMaxFunctions, "functions")) return false;
        define(in.result_id, Kind::Function, shader_.functions.size());
        shader_.functions.emplace_back().id = in.result_id;
        calls_.emplace_back();
        in_function_ = true;
        return true;
    }
    if (op == spv::OpFunctionEnd) {
        in_function_ = false;
        return true;
    }
    if (in_function_) return take_body(in);
    if (op >= spv::OpTypeVoid && op <= spv::OpTypePipe) return take_type(in);
    switch (op) {
        case spv::OpCapability:
            if (!within(shader_.capabilities, 4096, "capabilities")) return false;
            shader_.capabilities.push_back(static_cast<spv::Capability>(word(in, 0)));
            return true;
        case spv::OpEntryPoint:
            return take_entry_point(in);
        case spv::OpExecutionMode:
        case spv::OpExecutionModeId:
            modes_.push_back({word(in, 0),
                              static_cast<spv::ExecutionMode>(word(in, 1)),
                              {word(in, 2), word(in, 3), word(in, 4)}});
            return true;
        case spv::OpTypeForwardPointer:
            return take_forward_pointer(in);
        case spv::OpVariable:
            return take_variable(in);
        case spv::OpUndef:
        case spv::OpConstantTrue:
        case spv::OpConstantFalse:
        case spv::OpConstant:
        case spv::OpConstantComposite:
        case spv::OpConstantNull:
        case spv::OpSpecConstantTrue:
        case spv::OpSpecConstantFalse:
        case spv::OpSpecConstant:
        case spv::OpSpecConstantComposite:
        case spv::OpSpecConstantOp:
            return take_constant(in);
        case spv::OpTypeAccelerationStructureKHR:
        case spv::OpTypeRayQueryKHR:
            return take_type(in);
        default:
            break;
    }
    // Types of other extensions: opaque, and known to be types.
    if (in.result_id != 0 && in.type_id == 0 && op != spv::OpString && op != spv::OpExtInstImport &&
        op != spv::OpDecorationGroup)
        return take_type(in);
    return take_decoration(in);
}

void Pass::apply_decorations() {
    for (const auto& [id, d] : decorations_) {
        const Known& target = known(id);
        if (target.kind == Kind::Variable) {
            Variable& v = shader_.variables[target.where];
            v.set = d.set, v.binding = d.binding, v.location = d.location;
            v.built_in = d.built_in, v.component = d.component, v.patch = d.patch;
        } else if (target.kind == Kind::Type) {
            Type& type = shader_.types[target.where];
            type.block = d.block, type.buffer_block = d.buffer_block, type.stride = d.array_stride;
        } else if (target.kind == Kind::Constant) {
            Constant& constant = shader_.constants[target.where];
            constant.spec_id = d.spec_id;
            constant.is_workgroup_size = d.built_in == spv::BuiltInWorkgroupSize;
        }
    }
    for (const auto& [key, d] : member_decorations_) {
        const Known& target = known(static_cast<std::uint32_t>(key >> 32));
        if (target.kind != Kind::Type) continue;
        const Type& type = shader_.types[target.where];
        const auto member = static_cast<std::uint32_t>(key);
        if (member >= type.members) continue;
        Member& m = shader_.members[type.first_member + member];
        m.offset = d.offset, m.matrix_stride = d.matrix_stride, m.row_major = d.row_major;
        m.location = d.location, m.built_in = d.built_in;
    }
}

void Pass::apply_modes() {
    for (const Mode& mode : modes_) {
        for (std::size_t i = 0; i < entry_functions_.size(); ++i) {
            if (entry_functions_[i] != mode.function) continue;
            EntryPoint& entry = shader_.entry_points[i];
            switch (mode.mode) {
                case spv::ExecutionModeLocalSize:
                    entry.local_size = mode.values;
                    break;
                case spv::ExecutionModeLocalSizeId:
                    for (int k = 0; k < 3; ++k)
                        entry.local_size_constants[k] =
                            need(mode.values[k], Kind::Constant, "constant");
                    break;
                case spv::ExecutionModeOutputVertices:
                    entry.output_vertices = mode.values[0];
                    break;
                case spv::ExecutionModeOutputPrimitivesEXT:
                    entry.output_primitives = mode.values[0];
                    break;
                case spv::ExecutionModeInvocations:
                    entry.invocations = mode.values[0];
                    break;
                default:
                    break;
            }
        }
    }
}

void Pass::finish() {
    apply_decorations();
    apply_modes();
    shader_.pointees.assign(shader_.types.size(), kNone);
    for (std::size_t i = 0; i < shader_.types.size(); ++i) {
        const Known& pointee = known(shader_.types[i].pointee_id);
        if (shader_.types[i].op == spv::OpTypePointer && pointee.kind == Kind::Type)
            shader_.pointees[i] = pointee.where;
    }
    for (std::size_t i = 0; i < shader_.functions.size() && !refused; ++i)
        for (const auto& [id, times] : calls_[i])
            shader_.functions[i].calls[need(id, Kind::Function, "function")] += times;
    for (std::size_t i = 0; i < shader_.entry_points.size() && !refused; ++i) {
        shader_.entry_points[i].function = need(entry_functions_[i], Kind::Function, "function");
        for (const std::uint32_t id : entry_interfaces_[i])
            shader_.entry_points[i].interface.push_back(need(id, Kind::Variable, "variable"));
    }
}

spv_result_t take_header(void* pass, spv_endianness_t, std::uint32_t, std::uint32_t, std::uint32_t,
                         std::uint32_t id_bound, std::uint32_t) {
    return static_cast<Pass*>(pass)->begin(id_bound) ? SPV_SUCCESS : SPV_REQUESTED_TERMINATION;
}

spv_result_t take_instruction(void* pass, const spv_parsed_instruction_t* instruction) {
    return static_cast<Pass*>(pass)->take(*instruction) ? SPV_SUCCESS : SPV_REQUESTED_TERMINATION;
}

ReadResult refusal(const char* check, std::string text) {
    return {nullptr, Refusal{check, std::move(text)}};
}

}  // namespace

bool Shader::has_spec_constants() const {
    return std::any_of(constants.begin(), constants.end(),
                       [](const Constant& one) { return one.spec_id != kNone; });
}

std::uint64_t hash_of(std::span<const std::uint32_t> words) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const std::uint32_t word : words) hash = (hash ^ word) * 0x100000001b3;
    return hash;
}

namespace {

std::string name(std::uint64_t hash, std::size_t bytes) {
    char text[64];
    std::snprintf(text, sizeof text, "%016llx (%zu octets)", static_cast<unsigned long long>(hash),
                  bytes);
    return text;
}

}  // namespace

std::string name_of(const Shader& shader) {
    return name(shader.hash, shader.bytes);
}

std::string name_of(std::span<const std::uint32_t> words) {
    return name(hash_of(words), words.size_bytes());
}

ReadResult read_shader(std::span<const std::uint32_t> words) {
    if (words.size_bytes() > kMaxModuleBytes)
        return refusal("size", "It has " + std::to_string(words.size_bytes()) +
                                   " octets, more than " + std::to_string(kMaxModuleBytes) + ".");
    if (words.size() < 5 || words[0] != spv::MagicNumber)
        return refusal("shape", "It does not begin as a SPIR-V module.");
    ReadResult result;
    result.shader = std::make_shared<Shader>();
    result.shader->hash = hash_of(words);
    result.shader->bytes = words.size_bytes();
    const spv_context context = spvContextCreate(SPV_ENV_UNIVERSAL_1_6);
    spv_diagnostic diagnostic = nullptr;
    Pass pass(*result.shader);
    const spv_result_t parsed = spvBinaryParse(context, &pass, words.data(), words.size(),
                                               take_header, take_instruction, &diagnostic);
    if (parsed == SPV_SUCCESS) pass.finish();
    result.refused = std::move(pass.refused);
    if (parsed != SPV_SUCCESS && !result.refused)
        result.refused = Refusal{"shape", diagnostic ? diagnostic->error : "It cannot be parsed."};
    spvDiagnosticDestroy(diagnostic);
    spvContextDestroy(context);
    if (result.refused) result.shader = nullptr;
    return result;
}

}  // namespace vgpu::gate
