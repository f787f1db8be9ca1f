// Names violations for the log.
#include "wire/violation.h"

namespace vgpu::wire {

const char* describe(Violation violation) {
    switch (violation) {
        case Violation::None:
            return "no violation";
        case Violation::Truncated:
            return "a field lies beyond the record's end";
        case Violation::TrailingBytes:
            return "the record is longer than its fields";
        case Violation::CountOverLimit:
            return "an array is longer than the record or the limit allows";
        case Violation::CountMismatch:
            return "an array's length is not what its count field says";
        case Violation::MissingPointer:
            return "a pointer that must not be null is";
        case Violation::UnknownHandle:
            return "a handle was never created";
        case Violation::FreedHandle:
            return "a handle's object is gone";
        case Violation::WrongHandleType:
            return "a handle names an object of another type";
        case Violation::ForeignHandle:
            return "a handle belongs to another device or parent";
        case Violation::IdInUse:
            return "a create names an id that lives already or cannot be";
        case Violation::UnknownStruct:
            return "a pNext structure may not stand there";
        case Violation::DuplicateStruct:
            return "a pNext structure stands there twice";
        case Violation::BadEnum:
            return "an enum has a value that the registry does not have";
        case Violation::BadFlags:
            return "flags have a bit that the registry does not have";
        case Violation::BadBool:
            return "a boolean is neither VK_TRUE nor VK_FALSE";
        case Violation::TooDeep:
            return "structures are nested too deep";
        case Violation::OutOfMemory:
            return "the record needs more memory than one record may";
        case Violation::UnknownCommand:
            return "the command number is not served";
        case Violation::BadRing:
            return "the ring's indices cannot be";
        case Violation::BadLength:
            return "the record's length cannot be";
        case Violation::BadArgument:
            return "an argument makes no sense";
    }
    return "an unnamed violation";
}

}  // namespace vgpu::wire
