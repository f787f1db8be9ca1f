// One arbitrary record through the decoders: what the fuzzer and its replay run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "flat_table.h"
#include "sample_builder.h"
#include "test_objects.h"
#include "wire/arena.h"
#include "wire/description.h"

namespace vgpu::fuzz {

// How an input begins; the payload follows.
//
//   0        2        3                    8
//   +--------+--------+--------------------+----------
//   | number | reply? | nothing            | payload
//   +--------+--------+--------------------+----------
inline constexpr std::size_t kHeaderBytes = 8;

std::vector<std::uint8_t> make_input(std::uint16_t number, bool reply,
                                     const std::vector<std::uint8_t>& payload);

// Owned by one thread. Keeps a filled handle table and the applications' structures between runs.
class RecordRun {
  public:
    RecordRun();

    // Decodes the input as its header says. A request that is accepted is encoded, decoded and
    // encoded again, and must come out the same; the straight code must end as the codec does.
    // Empty, or a sentence that says what is wrong with the codec.
    std::string operator()(const std::uint8_t* input, std::size_t bytes);

  private:
    std::string request(const wire::CommandInfo& command, const std::uint8_t* payload,
                        std::size_t bytes);
    std::string straight(const wire::CommandInfo& command, const std::uint8_t* payload,
                         std::size_t bytes, wire::Violation expected);
    std::string again(const wire::StructInfo& info, const void* args);
    void reply(const wire::CommandInfo& command, const std::uint8_t* payload, std::size_t bytes);
    void* reply_target(const wire::CommandInfo& command);

    wire::test::TestObjects objects_;
    wire::Arena arena_;
    wire::test::SampleBuilder builder_;
    std::vector<const wire::FlatCode*> straight_;  // by command number
    std::vector<void*> targets_;                   // by command number
};

}  // namespace vgpu::fuzz
