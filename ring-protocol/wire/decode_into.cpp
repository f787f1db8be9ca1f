// Reads replies into the application's own structures, and never beyond them.
#include "wire/codec.h"
#include "wire/fields.h"

namespace vgpu::wire {

using namespace fields;

namespace {

class Filler {
  public:
    explicit Filler(Reader& reader) : reader_(reader) {}

    void structure(const StructInfo& info, void* target, int depth) {
        for (const Field& field : info.fields) {
            if (field.shape == Shape::Chain)
                chain(info, target, depth);
            else
                this->field(field, target, depth);
            if (!reader_.ok()) return;
        }
    }

  private:
    void field(const Field& field, void* target, int depth) {
        std::uint8_t* at = member(target, field.offset);
        if (field.element == Element::Union) {
            if (const Field* holds = alternative(field, target)) this->field(*holds, at, depth);
            return;
        }
        switch (field.shape) {
            case Shape::Value:
                return elements(field, at, 1, depth);
            case Shape::Fixed:
                return elements(field, at, field.length, depth);
            case Shape::Pointer:
            case Shape::Array:
                return pointed(field, target, depth);
            default:
                return reader_.fail(Violation::BadArgument);
        }
    }

    void pointed(const Field& field, void* target, int depth) {
        const std::uint32_t n = reader_.count(wire_min(field));
        auto* to = load<std::uint8_t*>(member(target, field.offset));
        if (n == 0 || !reader_.ok()) return;
        if (!to || n > capacity(field, target)) return reader_.fail(Violation::CountOverLimit);
        elements(field, to, n, depth);
    }

    // A reply's array is at most as long as the application said: kept behind the count. Of arrays
    // inside the application's structures nothing is kept, and none are sent.
    static std::uint64_t capacity(const Field& field, const void* target) {
        if (field.shape == Shape::Pointer) return 1;
        return field.id_offset == kNowhere ? 0
                                           : load<std::uint64_t>(member(target, field.id_offset));
    }

    void elements(const Field& field, std::uint8_t* at, std::uint32_t n, int depth) {
        if (field.element == Element::Struct) {
            for (std::uint32_t i = 0; i < n && reader_.ok(); ++i)
                structure(kStructs[field.aux], at + std::size_t{i} * field.size, depth);
            return;
        }
        if (field.element == Element::Handle || field.element == Element::NewHandle ||
            field.element == Element::String)
            return reader_.fail(Violation::BadArgument);
        if (field.element == Element::Bytes && field.size == 8) reader_.align8();
        if (const std::uint8_t* from = reader_.raw(std::size_t{n} * field.size))
            std::memcpy(at, from, std::size_t{n} * field.size);
    }

    void chain(const StructInfo& info, void* target, int depth) {
        auto* head = static_cast<Header*>(target);
        while (const std::uint32_t stype = reader_.u32()) {
            const StructInfo* extra = extender(info, stype);
            Header* at = head->next;
            while (at && at->stype != stype) at = at->next;
            if (!extra || !at || depth >= kMaxDepth) return reader_.fail(Violation::UnknownStruct);
            for (const Field& field : extra->fields)
                if (field.shape != Shape::Chain && reader_.ok()) this->field(field, at, depth + 1);
        }
    }

    Reader& reader_;
};

}  // namespace

bool decode_into(Reader& reader, const StructInfo& info, void* target) {
    Filler(reader).structure(info, target, 0);
    return reader.ok();
}

}  // namespace vgpu::wire
