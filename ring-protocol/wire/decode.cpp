// Reads structures by description; every length and every value from the peer is checked here.
#include <algorithm>

#include "wire/codec.h"
#include "wire/fields.h"
#include "wire/handle_table.h"

namespace vgpu::wire {

using namespace fields;

namespace {

class Decoder {
  public:
    explicit Decoder(Reader& reader) : reader_(reader) {}

    void structure(const StructInfo& info, void* target, int depth) {
        if (info.stype != kNoStype) store(target, info.stype);
        for (const Field& field : info.fields) {
            this->field(info, field, target, depth);
            if (!reader_.ok()) return;
        }
    }

    // Reads the chain behind `head`, whose own fields the caller reads.
    void chain(const StructInfo& info, Header* head, int depth, bool shape_only) {
        Header* last = head;
        while (const std::uint32_t stype = reader_.u32()) {
            const StructInfo* extra = extender(info, stype);
            if (!extra) return reader_.fail(Violation::UnknownStruct);
            for (const Header* h = head->next; h; h = h->next)
                if (h->stype == stype) return reader_.fail(Violation::DuplicateStruct);
            if (depth >= kMaxDepth) return reader_.fail(Violation::TooDeep);
            auto* next = reinterpret_cast<Header*>(allocate(extra->size, 1));
            if (!next) return;
            next->stype = stype;
            if (!shape_only) body(*extra, next, depth + 1);
            if (!reader_.ok()) return;
            last->next = next;
            last = next;
        }
    }

  private:
    void field(const StructInfo& info, const Field& field, void* target, int depth) {
        std::uint8_t* at = member(target, field.offset);
        if (field.element == Element::Union) {
            if (const Field* holds = alternative(field, target))
                this->field(info, *holds, at, depth);
            return;
        }
        switch (field.shape) {
            case Shape::Value:
                return elements(field, at, 1, ids_at(field, target), depth);
            case Shape::Fixed:
                return elements(field, at, field.length, nullptr, depth);
            case Shape::Pointer:
            case Shape::Array:
                return pointed(field, target, depth);
            case Shape::Chain:
                return chain(info, reinterpret_cast<Header*>(target), depth, false);
            case Shape::OutPointer:
            case Shape::OutArray:
                return room(field, target);
        }
    }

    static ObjectId* ids_at(const Field& field, void* target) {
        if (field.id_offset == kNowhere) return nullptr;
        return reinterpret_cast<ObjectId*>(member(target, field.id_offset));
    }

    void pointed(const Field& field, void* target, int depth) {
        const std::uint32_t n = reader_.count(wire_min(field));
        if (!reader_.ok()) return;
        if (n != 0 && depth >= kMaxDepth) return reader_.fail(Violation::TooDeep);
        const std::uint64_t wanted = in_force(field, target) ? count_of(field, target) : 0;
        if (n == 0) {
            if (wanted != 0 && !field.nullable) reader_.fail(Violation::MissingPointer);
            return;
        }
        if (n != wanted) return reader_.fail(Violation::CountMismatch);
        if (field.element == Element::String && field.shape == Shape::Pointer)
            return store(member(target, field.offset), string());
        std::uint8_t* memory = allocate(field.size, n);
        if (!memory) return;
        ObjectId* ids = nullptr;
        if (field.id_offset != kNowhere) {
            ids = reinterpret_cast<ObjectId*>(allocate(8, n));
            if (!ids) return;
            store(member(target, field.id_offset), ids);
        }
        elements(field, memory, n, ids, depth + 1);
        store(member(target, field.offset), memory);
    }

    std::uint8_t* allocate(std::size_t size, std::uint64_t n) {
        void* memory = n <= SIZE_MAX / size ? reader_.arena().allocate(size * n) : nullptr;
        if (!memory) reader_.fail(Violation::OutOfMemory);
        return static_cast<std::uint8_t*>(memory);
    }

    void elements(const Field& field, std::uint8_t* at, std::uint32_t n, ObjectId* ids, int depth) {
        switch (field.element) {
            case Element::Bytes:
                return bytes(field, at, n);
            case Element::Bool:
                return booleans(field, at, n);
            case Element::Enum:
                return enums(field, at, n);
            case Element::Flags:
                return flags(field, at, n);
            case Element::Handle:
                return handles(field, at, n, ids);
            case Element::NewHandle:
                return new_handles(at, n);
            case Element::Struct:
                for (std::uint32_t i = 0; i < n && reader_.ok(); ++i)
                    structure(kStructs[field.aux], at + std::size_t{i} * field.size, depth);
                return;
            case Element::Union:  // seen to by field()
                return;
            case Element::String:
                for (std::uint32_t i = 0; i < n && reader_.ok(); ++i)
                    store(at + 8 * std::size_t{i}, string());
                return;
        }
    }

    void bytes(const Field& field, std::uint8_t* at, std::uint32_t n) {
        // Most fields are one number: that need not be copied as if it were anything.
        if (n == 1 && field.size == 4) return store(at, reader_.u32());
        if (field.size == 8) reader_.align8();
        if (n == 1 && field.size == 8) return store(at, reader_.u64());
        if (const std::uint8_t* from = reader_.raw(std::size_t{n} * field.size))
            std::memcpy(at, from, std::size_t{n} * field.size);
    }

    void booleans(const Field& field, std::uint8_t* at, std::uint32_t n) {
        bytes(field, at, n);
        for (std::uint32_t i = 0; i < n; ++i)
            store<std::uint32_t>(at + 4 * i, load<std::uint32_t>(at + 4 * i) != 0);
    }

    void enums(const Field& field, std::uint8_t* at, std::uint32_t n) {
        bytes(field, at, n);
        for (std::uint32_t i = 0; i < n; ++i) {
            if (in_enum(kEnums[field.aux], load<std::int32_t>(at + 4 * i))) continue;
            if (!field.lenient) return reader_.fail(Violation::BadEnum);
            store<std::uint32_t>(at + 4 * i, 0);
        }
    }

    void flags(const Field& field, std::uint8_t* at, std::uint32_t n) {
        if (n == 1 && field.size == 4)
            return store(at, reader_.u32() & static_cast<std::uint32_t>(field.mask));
        const std::uint8_t* from = reader_.raw(std::size_t{n} * field.size);
        if (!from) return;
        for (std::uint32_t i = 0; i < n; ++i) {
            if (field.size == 8)
                store(at + 8 * i, load<std::uint64_t>(from + 8 * i) & field.mask);
            else
                store(at + 4 * i,
                      load<std::uint32_t>(from + 4 * i) & static_cast<std::uint32_t>(field.mask));
        }
    }

    void handles(const Field& field, std::uint8_t* at, std::uint32_t n, ObjectId* ids) {
        for (std::uint32_t i = 0; i < n; ++i) {
            const ObjectId id = reader_.u64();
            if (!reader_.ok()) return;
            store(at + 8 * std::size_t{i}, handle(field, id));
            if (ids) ids[i] = id;
        }
    }

    std::uint64_t handle(const Field& field, ObjectId id) {
        if (id == 0) {
            const bool legal = field.shape == Shape::Array ? field.null_elements : field.nullable;
            if (!legal && !field.lenient) reader_.fail(Violation::UnknownHandle);
            return 0;
        }
        const HandleTable* table = reader_.table();
        if (!table) return id;
        const Slot* slot = table->find(id, field.aux);
        Violation violation = Violation::None;
        if (!slot)
            violation = table->why_not(id, field.aux);
        else if (!reader_.in_scope(slot->scope.load(std::memory_order_relaxed),
                                   kDeviceLevel[field.aux]))
            violation = Violation::ForeignHandle;
        if (violation == Violation::None) {
            const std::uint64_t host = table->host_handle(*slot);
            if (host != Slot::kFailed) return host;
            violation = Violation::FreedHandle;
        }
        if (!field.lenient) reader_.fail(violation);
        return 0;
    }

    void new_handles(std::uint8_t* at, std::uint32_t n) {
        for (std::uint32_t i = 0; i < n; ++i) {
            const ObjectId id = reader_.u64();
            if (reader_.ok() && reader_.table() && !reader_.table()->can_insert(id))
                reader_.fail(Violation::IdInUse);
            store(at + 8 * std::size_t{i}, id);
        }
        if (n > 1 && reader_.ok() && names_one_twice(at, n)) reader_.fail(Violation::IdInUse);
    }

    bool names_one_twice(const std::uint8_t* at, std::uint32_t n) {
        auto* sorted = reader_.arena().allocate_array<ObjectId>(n);
        if (!sorted) {
            reader_.fail(Violation::OutOfMemory);
            return false;
        }
        std::memcpy(sorted, at, std::size_t{n} * 8);
        // By index: two generations of one index cannot both live.
        const auto less = [](ObjectId a, ObjectId b) { return index_of(a) < index_of(b); };
        std::sort(sorted, sorted + n, less);
        const auto same = [](ObjectId a, ObjectId b) { return index_of(a) == index_of(b); };
        return std::adjacent_find(sorted, sorted + n, same) != sorted + n;
    }

    const char* string() {
        const std::uint32_t length = reader_.count(1);
        const std::uint8_t* from = reader_.raw(length);
        auto* text = reinterpret_cast<char*>(allocate(1, std::uint64_t{length} + 1));
        if (!from || !text) return nullptr;
        std::memcpy(text, from, length);
        return text;
    }

    void body(const StructInfo& info, void* target, int depth) {
        for (const Field& field : info.fields) {
            if (field.shape != Shape::Chain) this->field(info, field, target, depth);
            if (!reader_.ok()) return;
        }
    }

    // Memory for what the driver will fill.
    void room(const Field& field, void* target) {
        const std::uint32_t present = reader_.u32();
        if (present > 1) return reader_.fail(Violation::BadBool);
        if (!reader_.ok()) return;
        if (present == 0) {
            if (!field.nullable) reader_.fail(Violation::MissingPointer);
            return;
        }
        const std::uint64_t n = field.shape == Shape::OutPointer ? 1 : count_of(field, target);
        const bool chained =
            field.element == Element::Struct && kStructs[field.aux].stype != kNoStype;
        if (chained && n > reader_.left() / 4) return reader_.fail(Violation::CountOverLimit);
        std::uint8_t* memory = allocate(field.size, std::max<std::uint64_t>(n, 1));
        if (!memory) return;
        for (std::uint64_t i = 0; chained && i < n && reader_.ok(); ++i) {
            const StructInfo& info = kStructs[field.aux];
            auto* head = reinterpret_cast<Header*>(memory + i * field.size);
            head->stype = info.stype;
            chain(info, head, 0, true);
        }
        store(member(target, field.offset), memory);
    }

    Reader& reader_;
};

}  // namespace

bool in_enum(const EnumInfo& info, std::int32_t value) {
    // Core's values are the first range, or nearly all of it.
    const EnumRange& core = info.ranges.front();
    if (value >= core.first && value <= core.last) return true;
    const auto after =
        std::upper_bound(info.ranges.begin(), info.ranges.end(), value,
                         [](std::int32_t v, const EnumRange& r) { return v < r.first; });
    return after != info.ranges.begin() && value <= std::prev(after)->last;
}

bool decode(Reader& reader, const StructInfo& info, void* target) {
    Decoder(reader).structure(info, target, 0);
    return reader.ok();
}

void decode_chain(Reader& reader, const StructInfo& info, void* head, int depth) {
    Decoder(reader).chain(info, static_cast<Header*>(head), depth, false);
}

}  // namespace vgpu::wire
