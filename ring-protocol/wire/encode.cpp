// Writes structures by description, as an application or a driver left them.
#include "wire/codec.h"
#include "wire/fields.h"
#include "wire/ids.h"
#include "wire/peer_links.h"

namespace vgpu::wire {

using namespace fields;

namespace {

class Encoder {
  public:
    explicit Encoder(Writer& writer) : writer_(writer) {}

    void structure(const StructInfo& info, const void* source, int depth) {
        for (const Field& field : info.fields) this->field(info, field, source, depth);
    }

    // `shape_only`: the reply will fill the structures, so only what stands where is told.
    void chain(const StructInfo& info, const Header* first, int depth, bool shape_only) {
        if (depth < kMaxDepth) {
            for (const Header* at = first; at; at = at->next) {
                const StructInfo* extra = extender(info, at->stype);
                if (!extra || stands_before(first, at) || !peer_knows(info, *extra)) continue;
                writer_.u32(at->stype);
                if (!shape_only) body(*extra, at, depth + 1);
            }
        }
        writer_.u32(0);
    }

  private:
    void field(const StructInfo& info, const Field& field, const void* source, int depth) {
        const std::uint8_t* at = member(source, field.offset);
        if (field.element == Element::Union) {
            if (const Field* holds = alternative(field, source))
                this->field(info, *holds, at, depth);
            return;
        }
        switch (field.shape) {
            case Shape::Value:
                return elements(field, at, 1, depth);
            case Shape::Fixed:
                return elements(field, at, field.length, depth);
            case Shape::Pointer:
            case Shape::Array:
                return pointed(field, source, depth);
            case Shape::Chain:
                return chain(info, load<const Header*>(at), depth, false);
            case Shape::OutPointer:
            case Shape::OutArray:
                return shape(field, source);
        }
    }

    void pointed(const Field& field, const void* source, int depth) {
        const auto* to = load<const std::uint8_t*>(member(source, field.offset));
        std::uint64_t n = to && in_force(field, source) ? count_of(field, source) : 0;
        if (depth >= kMaxDepth || n > UINT32_MAX) n = 0;
        writer_.u32(static_cast<std::uint32_t>(n));
        if (n != 0) elements(field, to, n, depth + 1);
    }

    void elements(const Field& field, const std::uint8_t* at, std::uint64_t n, int depth) {
        switch (field.element) {
            case Element::Bytes:
                if (field.size == 8) writer_.align8();
                return bytes(field, at, n);
            case Element::Bool:
            case Element::Enum:
            case Element::Flags:
                return bytes(field, at, n);
            case Element::NewHandle:
                for (std::uint64_t i = 0; i < n; ++i) writer_.u64(load<ObjectId>(at + 8 * i));
                return;
            case Element::Handle:
                for (std::uint64_t i = 0; i < n; ++i)
                    writer_.u64(id_of(field.aux, load<std::uint64_t>(at + 8 * i)));
                return;
            case Element::Struct:
                for (std::uint64_t i = 0; i < n; ++i)
                    structure(kStructs[field.aux], at + i * field.size, depth);
                return;
            case Element::Union:  // seen to by field()
                return;
            case Element::String:
                return strings(field, at, n);
        }
    }

    // Most fields are one number: that need not be copied as if it were anything.
    void bytes(const Field& field, const std::uint8_t* at, std::uint64_t n) {
        if (n == 1 && field.size == 4) return writer_.u32(load<std::uint32_t>(at));
        if (n == 1 && field.size == 8) return writer_.u64(load<std::uint64_t>(at));
        writer_.raw(at, n * field.size);
    }

    void strings(const Field& field, const std::uint8_t* at, std::uint64_t n) {
        for (std::uint64_t i = 0; i < n; ++i) {
            const char* text = field.shape == Shape::Pointer ? reinterpret_cast<const char*>(at)
                                                             : load<const char*>(at + 8 * i);
            const std::size_t length = text ? std::strlen(text) : 0;
            writer_.u32(static_cast<std::uint32_t>(length));
            writer_.raw(text, length);
        }
    }

    static ObjectId id_of(std::uint16_t type, std::uint64_t handle) {
        if (!kHasGuestObject[type] || handle == 0) return handle;
        return reinterpret_cast<const GuestObject*>(handle)->id;
    }

    // A structure that only this end's registry has is left out, as one that nobody knows.
    bool peer_knows(const StructInfo& info, const StructInfo& extra) const {
        if (!writer_.peer()) return true;
        std::size_t link = info.first_link;
        for (const std::uint16_t index : info.extenders) {
            if (&kStructs[index] == &extra) return writer_.peer()->knows(link);
            ++link;
        }
        return false;
    }

    void body(const StructInfo& info, const void* source, int depth) {
        for (const Field& field : info.fields)
            if (field.shape != Shape::Chain) this->field(info, field, source, depth);
    }

    static bool stands_before(const Header* first, const Header* at) {
        for (; first != at; first = first->next)
            if (first->stype == at->stype) return true;
        return false;
    }

    void shape(const Field& field, const void* source) {
        const auto* to = load<const std::uint8_t*>(member(source, field.offset));
        writer_.u32(to ? 1 : 0);
        if (!to || field.element != Element::Struct) return;
        const StructInfo& info = kStructs[field.aux];
        if (info.stype == kNoStype) return;
        const std::uint64_t n = field.shape == Shape::OutPointer ? 1 : count_of(field, source);
        for (std::uint64_t i = 0; i < n; ++i)
            chain(info, reinterpret_cast<const Header*>(to + i * field.size)->next, 0, true);
    }

    Writer& writer_;
};

}  // namespace

void encode(Writer& writer, const StructInfo& info, const void* source) {
    Encoder(writer).structure(info, source, 0);
}

void encode_chain(Writer& writer, const StructInfo& info, const void* next, int depth) {
    Encoder(writer).chain(info, static_cast<const Header*>(next), depth, false);
}

}  // namespace vgpu::wire
