"""descriptions.cpp: structures, enums and commands as the data that wire/codec.h walks."""

import plan as planning
import text


def emit(plan, folder):
    names = sorted(plan.structs)
    index = {name: i for i, name in enumerate(names)}
    enums = {name: i for i, name in enumerate(plan.enums)}
    unions = {name: i for i, name in enumerate(plan.unions)}
    writer = _Writer(plan, index, enums, unions)
    body = (
        '#include "commands.h"\n#include "wire/description.h"\n#include "wire/predicates.h"\n\n'
        "namespace vgpu::wire {\n\nnamespace {\n\n"
        + "".join(_enum(plan.model, name) for name in plan.enums)
        + "".join(writer.struct(plan.structs[name]) for name in names)
        + "".join(writer.union(union) for union in plan.unions.values())
        + "".join(writer.command_fields(c) for c in plan.commands if c.on_wire)
        + "constexpr EnumInfo kEnumTable[] = {\n"
        + "".join(f'    {{"{n}", kEnum_{n}}},\n' for n in plan.enums)
        + "};\n\n" + writer.union_table() + "constexpr StructInfo kStructTable[] = {\n"
        + "".join(writer.struct_info(plan.structs[name]) for name in names)
        + "};\n\n" + writer.links() + "constexpr CommandInfo kCommandTable[] = {\n"
        + writer.commands()
        + "};\n\n}  // namespace\n\n"
        "const std::span<const StructInfo> kStructs{kStructTable};\n"
        "const std::span<const EnumInfo> kEnums{kEnumTable};\n"
        f"const std::span<const std::uint32_t> kLinkHashes{'{kLinkTable}' if writer.first_link else ''};\n"
        f"const std::span<const UnionInfo> kUnions{'{kUnionTable}' if plan.unions else ''};\n"
        "const std::span<const CommandInfo> kCommands{kCommandTable};\n\n"
        "}  // namespace vgpu::wire\n"
    )
    text.cpp(f"{folder}/descriptions.cpp", "Structures and commands as data.", body)


def _enum(model, name):
    rows = ", ".join(f"{{{a}, {b}}}" for a, b in planning.enum_ranges(model, name))
    return f"constexpr EnumRange kEnum_{name}[] = {{{rows}}};\n"


class _Writer:
    def __init__(self, plan, index, enums, unions):
        self.plan = plan
        self.index = index
        self.unions = unions
        self.enums = enums
        self.first_link = {}  # structure -> index of its first extender's link
        links = 0
        for name in sorted(plan.structs):
            if plan.structs[name].extenders:
                self.first_link[name] = links
                links += len(plan.structs[name].extenders)

    def links(self):
        """The hash of each structure in each chain that it may stand in."""
        structs = self.plan.structs
        hashes = [f"0x{planning.link_hash(self.plan, structs[root], structs[e]):08x}u"
                  for root in self.first_link for e in structs[root].extenders]  # fmt: skip
        lines = "".join(f"    {', '.join(hashes[i:i + 8])},\n" for i in range(0, len(hashes), 8))
        return f"constexpr std::uint32_t kLinkTable[] = {{\n{lines}}};\n\n" if hashes else ""

    def struct(self, struct):
        fields = self._fields(f"kFields_{struct.name}", struct.name, struct.fields)
        extenders = ", ".join(str(self.index[e]) for e in struct.extenders)
        if extenders:
            fields += f"constexpr std::uint16_t kExtenders_{struct.name}[] = {{{extenders}}};\n"
        return fields

    def union(self, union):
        rows = "".join(f"    {{{value}, {self._field(union.name, f)}}},\n" for value, f in union.alternatives)
        return f"constexpr Alternative kAlternatives_{union.name}[] = {{\n{rows}}};\n"

    def union_table(self):
        rows = "".join(f'    {{"{n}", kAlternatives_{n}}},\n' for n in self.plan.unions)
        return f"constexpr UnionInfo kUnionTable[] = {{\n{rows}}};\n\n" if rows else ""

    def struct_info(self, struct):
        return f"    {self._info(struct.name, struct.name, struct.fields, struct.stype, struct.extenders)},\n"

    def command_fields(self, command):
        return self._fields(f"kFields_Args_{command.name}", f"Args_{command.name}", command.args) + \
            self._fields(f"kFields_Reply_{command.name}", f"Reply_{command.name}", command.reply)  # fmt: skip

    def commands(self):
        wired = {c.number: c for c in self.plan.commands if c.on_wire}
        rows = []
        for number in range(max(wired) + 1):
            c = wired.get(number)
            if not c:
                rows.append("    {},\n")
                continue
            place = "Recorded" if c.recorded else "Ordered"
            args = self._info(f"Args_{c.name}", f"Args_{c.name}", c.args, "", [])
            reply = self._info(f"Reply_{c.name}", f"Reply_{c.name}", c.reply, "", [])
            rows.append(
                f'    {{"{c.name}", {number}, Place::{place}, {str(c.replies).lower()}, '
                f"0x{planning.layout_hash(self.plan, c):08x}u,\n     {args},\n     {reply}}},\n"
            )
        return "".join(rows)

    def _info(self, label, c_name, fields, stype, extenders):
        field_span = f"kFields_{label}" if fields else "{}"
        extender_span = f"kExtenders_{label}" if extenders else "{}"
        size = f"sizeof({c_name})"
        return (
            f'{{"{label}", {stype or "kNoStype"}, {size}, {field_span}, {extender_span}, '
            f"{self._wire_min(fields)}, {self.first_link.get(label, 0)}}}"
        )

    def _wire_min(self, fields, depth=0):
        """Least octets on the wire, as a C expression kept to plain terms."""
        terms = []
        for f in fields:
            if f.shape in ("Value", "Fixed"):
                times = f"({f.length}) * " if f.shape == "Fixed" else ""
                if f.element == "Struct":
                    inner = self._wire_min(self.plan.structs[f.type].fields, depth + 1) if depth < 8 else "0"
                    terms.append(f"{times}({inner})")
                elif f.element in ("Handle", "NewHandle"):
                    terms.append(f"{times}8")
                elif f.element == "Union":
                    terms.append("0")
                else:
                    terms.append(f"{times}{f.size}")
            else:
                terms.append("4")
        return " + ".join(terms) or "0"

    def _fields(self, label, c_name, fields):
        if not fields:
            return ""
        rows = "".join(f"    {self._field(c_name, f)},\n" for f in fields)
        return f"constexpr Field {label}[] = {{\n{rows}}};\n"

    def _field(self, owner, f):
        parts = [f".element = Element::{f.element}", f".shape = Shape::{f.shape}"]
        if f.rule != "Same":
            parts.append(f".rule = CountRule::{f.rule}")
        if f.nullable:
            parts.append(".nullable = true")
        if f.null_elements:
            parts.append(".null_elements = true")
        if f.lenient:
            parts.append(".lenient = true")
        parts.append(f".offset = offsetof({owner}, {f.name})")
        if f.shape != "Chain":
            parts.append(f".size = {f.size}")
        if f.shape == "Fixed":
            parts.append(f".length = {f.length}")
        aux = self._aux(f)
        if aux:
            parts.append(f".aux = {aux}")
        if f.selector:
            parts.append(f".selector_offset = offsetof({owner}, {f.selector})")
        parts += self._count(owner, f)
        if f.element == "Flags":
            parts.append(f".mask = 0x{planning.flag_mask(self.plan.model, f.type):x}u")
        if f.valid_when:
            parts.append(f".valid_when = {self._predicate(owner, f.valid_when)}")
        return "{" + ", ".join(parts) + "}"

    @staticmethod
    def _predicate(owner, valid_when):
        """A function of wire/predicates.h, or a member that is not 0."""
        if "." not in valid_when and "->" not in valid_when:
            return valid_when
        return f"[](const void* s) -> bool {{ return static_cast<const {owner}*>(s)->{valid_when}; }}"

    def _aux(self, f):
        if f.element in ("Handle", "NewHandle"):
            return f"static_cast<std::uint16_t>({text.object_type(f.type)})"
        if f.element == "Union":
            return str(self.unions[f.type])
        if f.element == "Enum":
            return str(self.enums[f.type])
        if f.element == "Struct" and f.shape != "Chain":
            return str(self.index[f.type])
        return ""

    @staticmethod
    def _count(owner, f):
        parts = []
        if f.count:
            holder = f.count_struct or owner
            parts.append(f".count_offset = offsetof({holder}, {f.count})")
            parts.append(f".count_size = sizeof({holder}::{f.count})")
        if f.count_via:
            parts.append(f".count_via = offsetof({owner}, {f.count_via})")
        if owner.startswith("Args_") and f.keeps_id:
            suffix = "_ids" if f.shape == "Array" else "_id"
            parts.append(f".id_offset = offsetof({owner}, {f.name}{suffix})")
        if owner.startswith("Reply_") and f.shape == "Array":
            parts.append(f".id_offset = offsetof({owner}, {f.name}_capacity)")
        return parts
