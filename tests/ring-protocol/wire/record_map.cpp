// Walks octets by a description, as the wire's form says and without the codec.
#include "record_map.h"

#include <cstring>
#include <map>

namespace vgpu::wire::test {

namespace {

class Walker {
  public:
    Walker(std::span<const std::uint8_t> octets, std::vector<Item>& items)
        : octets_(octets), items_(items) {}

    void structure(const StructInfo& info, bool skip_chain = false) {
        const std::uint32_t instance = next_instance_++;
        std::map<std::uint16_t, std::uint64_t> values;  // by offset, for counts
        for (const Field& field : info.fields) {
            if (!ok_) return;
            if (field.shape == Shape::Chain) {
                if (!skip_chain) chain(info, false);
                continue;
            }
            const std::size_t from = items_.size();
            this->field(field, values);
            for (std::size_t i = from; i < items_.size(); ++i)
                if (items_[i].field == &field) items_[i].instance = instance;
        }
    }
    bool ok() const { return ok_; }
    std::size_t position() const { return position_; }

  private:
    void field(const Field& field, std::map<std::uint16_t, std::uint64_t>& values) {
        if (field.element == Element::Union) return alternative(field, values);
        switch (field.shape) {
            case Shape::Value:
                if (field.element == Element::Bytes) align(field);
                values[field.offset] = peek(field.size);
                return elements(field, 1);
            case Shape::Fixed:
                return elements(field, field.length);
            case Shape::Pointer:
            case Shape::Array: {
                const std::uint64_t n = peek(4);
                add(Item::Kind::Number, 4, field);
                if (n != 0) elements(field, n);
                return;
            }
            case Shape::OutPointer:
            case Shape::OutArray:
                return room(field, values);
            case Shape::Chain:
                return;
        }
    }

    void alternative(const Field& field, std::map<std::uint16_t, std::uint64_t>& values) {
        const auto selector = static_cast<std::int32_t>(values.at(field.selector_offset));
        std::map<std::uint16_t, std::uint64_t> own;
        for (const Alternative& one : kUnions[field.aux].alternatives)
            if (one.selector == selector) return this->field(one.field, own);
    }

    void room(const Field& field, std::map<std::uint16_t, std::uint64_t>& values) {
        const bool present = peek(4) != 0;
        add(Item::Kind::Present, 4, field);
        if (!present || field.element != Element::Struct) return;
        const StructInfo& info = kStructs[field.aux];
        if (info.stype == kNoStype) return;
        std::uint64_t n = 1;
        if (field.shape == Shape::OutArray && field.count_offset != kNowhere)
            n = values.at(field.count_offset);
        for (std::uint64_t i = 0; i < n && ok_; ++i) chain(info, true);
    }

    void elements(const Field& field, std::uint64_t n) {
        if (field.element == Element::Bytes) {
            align(field);
            return add(Item::Kind::Bytes, n * field.size, field);
        }
        for (std::uint64_t i = 0; i < n && ok_; ++i) element(field);
    }

    void element(const Field& field) {
        switch (field.element) {
            case Element::Bytes:
                return;
            case Element::Bool:
                return add(Item::Kind::Bool, 4, field);
            case Element::Enum:
                return add(Item::Kind::Enum, 4, field);
            case Element::Flags:
                return add(Item::Kind::Flags, field.size, field);
            case Element::Handle:
                return add(Item::Kind::Handle, 8, field);
            case Element::NewHandle:
                return add(Item::Kind::NewHandle, 8, field);
            case Element::Union:
                return;
            case Element::Struct:
                return structure(kStructs[field.aux]);
            case Element::String: {
                const std::uint64_t length = peek(4);
                add(Item::Kind::StringLength, 4, field);
                return add(Item::Kind::Bytes, length, field);
            }
        }
    }

    void chain(const StructInfo& info, bool shape_only) {
        const std::uint32_t number = next_chain_++;
        while (const auto stype = static_cast<std::uint32_t>(peek(4))) {
            add(Item::Kind::Stype, 4, kNoField);
            items_.back().chain = number;
            const StructInfo* found = nullptr;
            for (const std::uint16_t index : info.extenders)
                if (kStructs[index].stype == stype) found = &kStructs[index];
            if (!found) return stop();
            if (!shape_only) structure(*found, true);
            if (!ok_) return;
        }
        add(Item::Kind::ChainEnd, 4, kNoField);
        items_.back().chain = number;
    }

    void align(const Field& field) {
        if (field.size == 8) position_ = (position_ + 7) & ~std::size_t{7};
    }
    std::uint64_t peek(std::size_t bytes) {
        std::uint64_t value = 0;
        if (bytes > 8) return 0;
        if (position_ + bytes > octets_.size()) return stop(), 0;
        std::memcpy(&value, octets_.data() + position_, bytes);
        return value;
    }
    void add(Item::Kind kind, std::size_t bytes, const Field& field) {
        const std::size_t padded = (bytes + 3) & ~std::size_t{3};
        if (position_ + padded > octets_.size()) return stop();
        items_.push_back({kind, position_, bytes, &field, 0, 0});
        position_ += padded;
    }
    void stop() { ok_ = false; }

    static constexpr Field kNoField{.element = Element::Struct, .shape = Shape::Chain};
    std::span<const std::uint8_t> octets_;
    std::vector<Item>& items_;
    std::size_t position_ = 0;
    std::uint32_t next_instance_ = 0;
    std::uint32_t next_chain_ = 0;
    bool ok_ = true;
};

}  // namespace

RecordMap::RecordMap(const StructInfo& info, std::span<const std::uint8_t> octets) {
    Walker walker(octets, items);
    walker.structure(info);
    ok = walker.ok();
    end = walker.position();
}

}  // namespace vgpu::wire::test
