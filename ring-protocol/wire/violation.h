// The ways in which a peer's record can make no sense.
#pragma once

#include <cstdint>

namespace vgpu::wire {

enum class Violation : std::uint8_t {
    None,
    Truncated,        // a field lies beyond the record's end
    TrailingBytes,    // the record is longer than its fields
    CountOverLimit,   // an array is longer than the record or the limit allows
    CountMismatch,    // an array's length is not what its count field says
    MissingPointer,   // a pointer that must not be null is
    UnknownHandle,    // an id that was never created
    FreedHandle,      // an id whose object is gone
    WrongHandleType,  // an id of an object of another type
    ForeignHandle,    // an id of another device's or parent's object
    IdInUse,          // a create names an id that lives already, or an impossible one
    UnknownStruct,    // a pNext structure that may not stand there
    DuplicateStruct,  // the same pNext structure twice
    BadEnum,          // a value that the registry does not have
    BadFlags,         // a bit that the registry does not have
    BadBool,          // neither VK_TRUE nor VK_FALSE
    TooDeep,          // structures nested deeper than the limit
    OutOfMemory,      // the record decodes to more memory than one record may
    UnknownCommand,   // a command number that is not served
    BadRing,          // ring indices that cannot be
    BadLength,        // a record's length that cannot be
    BadArgument,      // a hand-written check found the record senseless; the log says more
};

const char* describe(Violation violation);

}  // namespace vgpu::wire
