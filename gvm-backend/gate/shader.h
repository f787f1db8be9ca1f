// What the gate keeps of a SPIR-V module: enough to size its types and to match its interface.
#pragma once

#include <spirv/unified1/spirv.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vgpu::gate {

inline constexpr std::uint32_t kNone = 0xffffffff;

// Why something is refused. A plain value.
struct Refusal {
    const char* check;  // its name in the log and in docs/admin.md
    std::string text;   // a present-tense sentence with values
};
using Verdict = std::optional<Refusal>;  // nothing: let through

// A type. All references are indices into Shader's vectors, of things that came before.
struct Type {
    spv::Op op = spv::OpNop;
    std::uint32_t id = 0;
    std::uint32_t element = kNone;  // of vectors, matrices, arrays, sampled images
    std::uint32_t count = 0;        // components, columns
    std::uint32_t length = kNone;   // the constant that says how long an array is
    std::uint32_t bits = 0;
    std::uint32_t depth = 1;
    std::uint32_t first_member = 0, members = 0;
    std::uint32_t stride = 0;  // ArrayStride, or 0
    spv::StorageClass storage = spv::StorageClassMax;
    std::uint32_t pointee_id = 0;  // of pointers: may come later
    spv::Dim dim = spv::DimMax;
    std::uint32_t sampled = 0;  // of images: 1 or 2
    bool block = false, buffer_block = false;
};

struct Member {
    std::uint32_t type = kNone;
    std::uint32_t offset = kNone;
    std::uint32_t matrix_stride = 0;
    bool row_major = false;
    std::uint32_t location = kNone;
    std::uint32_t built_in = kNone;
};

struct Constant {
    std::uint32_t id = 0;
    std::uint32_t type = kNone;
    spv::Op op = spv::OpNop;
    spv::Op operation = spv::OpNop;  // of OpSpecConstantOp
    std::uint64_t value = 0;         // of integers and booleans
    std::uint32_t spec_id = kNone;
    bool is_workgroup_size = false;
    std::vector<std::uint32_t> operands;  // constants, or literals of extracts; four at most
};

struct Variable {
    std::uint32_t id = 0;
    std::uint32_t type = kNone;  // what it points at
    spv::StorageClass storage = spv::StorageClassMax;
    std::uint32_t set = kNone, binding = kNone, location = kNone, built_in = kNone;
    std::uint32_t component = 0;
    bool patch = false;
};

struct Function {
    std::uint32_t id = 0;
    std::uint32_t instructions = 0;
    // How many values of each type its instructions make.
    std::map<std::uint32_t, std::uint32_t> values;
    std::map<std::uint32_t, std::uint32_t> calls;  // by function, how often
    std::vector<std::uint32_t> locals;             // types of its variables
    // Global variables that its instructions name; of push constants, which members: kNone is all.
    std::map<std::uint32_t, std::vector<std::uint32_t>> uses;
};

struct EntryPoint {
    spv::ExecutionModel model = spv::ExecutionModelMax;
    std::uint32_t function = kNone;
    std::string name;
    std::vector<std::uint32_t> interface;  // variables
    std::array<std::uint32_t, 3> local_size{0, 0, 0};
    std::array<std::uint32_t, 3> local_size_constants{kNone, kNone, kNone};
    std::uint32_t output_vertices = 0, output_primitives = 0, invocations = 0;
};

// A plain value, constant once it is read.
struct Shader {
    std::uint64_t hash = 0;
    std::size_t bytes = 0;
    std::vector<Type> types;
    std::vector<Member> members;
    std::vector<Constant> constants;
    std::vector<Variable> variables;
    std::vector<Function> functions;
    std::vector<EntryPoint> entry_points;
    std::vector<spv::Capability> capabilities;
    std::vector<std::uint32_t> pointees;  // of each type, if it is a pointer: the type, or kNone

    bool has_spec_constants() const;
};

// Reads `words` in one pass. Its result refers to nothing but itself, and every index in it leads
// to something, whether the module is valid or not. Time and memory are bounded by its length.
// `text_of` is what the log calls the module.
struct ReadResult {
    std::shared_ptr<Shader> shader;  // null when refused
    Verdict refused;
};
ReadResult read_shader(std::span<const std::uint32_t> words);

// A short name of what was read: hash and length.
std::string name_of(const Shader& shader);
std::string name_of(std::span<const std::uint32_t> words);
std::uint64_t hash_of(std::span<const std::uint32_t> words);

}  // namespace vgpu::gate
