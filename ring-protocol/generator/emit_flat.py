"""flat_codec.h: straight code for the commands of which frames are made, the same octets as
wire/codec.h.

Flat commands have no structures; those that policy.toml calls straight have, and their structures
get functions too. Most of what a frame sends is one of both; these functions decide its price.
"""

import plan as planning
import text


def emit(plan, policy, folder):
    flat = [c for c in plan.commands if c.on_wire and c.layout != "Structured"]
    writer = _Writer(plan, policy)
    commands = "".join(map(writer.command, flat))
    text.header(
        f"{folder}/flat_codec.h",
        "Straight code for commands; tests hold it against the codec.",
        '#include "commands.h"\n#include "wire/flat_pieces.h"\n#include "wire/predicates.h"\n'
        '#include "wire/struct_pieces.h"\n\nnamespace vgpu::wire {\n\n'
        f"{''.join(writer.structs.values())}{commands}}}  // namespace vgpu::wire\n",
    )
    _table(flat, folder)


def _table(flat, folder):
    """flat_table.cpp: the straight code by command, for tests that hold it against the codec."""
    rows = "".join(f"    flat_code<Args_{c.name}>(),\n" for c in flat)
    text.cpp(
        f"{folder}/flat_table.cpp",
        "The straight code of each command that has some; only tests are built with it.",
        f'#include "flat_table.h"\n\n#include "flat_codec.h"\n\nnamespace vgpu::wire {{\n\nnamespace {{\n\n'
        f"constexpr FlatCode kTable[] = {{\n{rows}}};\n\n}}  // namespace\n\n"
        "const std::span<const FlatCode> kFlatCodes{kTable};\n\n}  // namespace vgpu::wire\n",
    )


class _Writer:
    def __init__(self, plan, policy):
        self.plan = plan
        self.policy = policy
        self.index = {name: i for i, name in enumerate(sorted(plan.structs))}
        self.structs = {}  # name -> its functions, those that it needs before it

    def command(self, command):
        put, get = self._fields(command.name, command.args, "a", "0")
        return (
            "template <typename W>\n"
            f"[[gnu::always_inline]] inline void encode_args(W& w, const Args_{command.name}& a) {{\n"
            f"{put}}}\ntemplate <typename R>\n"
            f"[[gnu::always_inline]] inline bool decode_args(R& r, Args_{command.name}& a) {{\n"
            f"{get}    return r.ok();\n}}\n"
        )

    def _struct(self, name):
        """Sees to it that the structure's functions stand before who calls them."""
        if name in self.structs:
            return
        struct = self.plan.structs[name]
        put, get = self._fields(name, struct.fields, "s", "kDepth")
        stype = f"    s.sType = {struct.stype};\n" if struct.stype else ""
        self.structs[name] = (
            "template <int kDepth, typename W>\n"
            f"[[gnu::always_inline]] inline void encode_struct(W& w, const {name}& s) {{\n"
            f"{put}}}\ntemplate <int kDepth, typename R>\n"
            f"[[gnu::always_inline]] inline void decode_struct(R& r, {name}& s) {{\n"
            f"{stype}{get}}}\n"
        )

    def _fields(self, owner, fields, at, depth):
        pairs = [self._field(owner, f, at, depth) for f in fields]
        return tuple("".join(f"    {line};\n" for line in side) for side in zip(*pairs)) or ("", "")

    def _field(self, owner, f, at, depth):
        """The lines that put and that get one field."""
        if f.shape == "Chain":
            info = f"kStructs[{self.index[owner]}]"
            return f"put_chain<{depth}>(w, {info}, {at}.pNext)", f"get_chain<{depth}>(r, {info}, {at})"
        if f.shape in ("Value", "Fixed"):
            return self._value(owner, f, f"{at}.{f.name}", depth)
        if f.shape in ("Array", "Pointer") and not f.count_via:
            return self._array(owner, f, at, depth)
        raise planning.PlanError(f"{owner}.{f.name}: has no straight code.")

    def _value(self, owner, f, value, depth):
        if f.element == "Handle":
            flags = f"{_bool(f.nullable)}{', true' if f.lenient else ''}"
            target = f"{value}, {value}_id" if f.keeps_id else value
            return (f"put_handle<{self._has_object(f)}>(w, {value})",
                    f"get_handle<{text.object_type(f.type)}, {flags}>(r, {target})")  # fmt: skip
        if f.element == "NewHandle" and f.shape == "Value":
            return f"w.u64({value})", f"get_new_handle(r, {value})"
        if f.element == "Struct":
            self._struct(f.type)
            if f.shape == "Value":
                return f"encode_struct<{depth}>(w, {value})", f"decode_struct<{depth}>(r, {value})"
            return (f"for (const auto& one : {value}) encode_struct<{depth}>(w, one)",
                    f"for (auto& one : {value}) decode_struct<{depth}>(r, one)")  # fmt: skip
        put = f"put_value<{_bool(f.element == 'Bytes')}>(w, {value})"
        if f.element == "Bytes":
            return put, f"get_value(r, {value})"
        if f.shape == "Value" and f.element == "Bool":
            return put, f"get_bool(r, {value})"
        if f.shape == "Value" and f.element == "Flags":
            return put, f"get_flags<{self._mask(f)}>(r, {value})"
        if f.shape == "Value" and f.element == "Enum":
            ranges = planning.enum_ranges(self.plan.model, f.type)
            listed = ", ".join(f"EnumRange{{{first}, {last}}}" for first, last in ranges)
            return put, f"get_enum<{_bool(f.lenient)}, {listed}>(r, {value})"
        raise planning.PlanError(f"{owner}.{f.name}: has no straight code.")

    def _array(self, owner, f, at, depth):
        value, wanted = f"{at}.{f.name}", _count(f, at)
        if f.valid_when:
            wanted = f"({_in_force(f, at)} ? {wanted} : 0)"
        if f.element == "Handle":
            flags = f"{_bool(f.nullable)}, {_bool(f.null_elements)}"
            ids = f", {value}_ids" if f.keeps_id else ""
            return (f"put_handles<{self._has_object(f)}>(w, {value}, {wanted})",
                    f"get_handles<{text.object_type(f.type)}, {flags}>(r, {value}{ids}, {wanted})")  # fmt: skip
        if f.element == "Struct":
            self._struct(f.type)
            deeper = "1" if depth == "0" else f"{depth} + 1"
            least = f"kStructs[{self.index[f.type]}].wire_min"
            return (f"put_structs<{deeper}>(w, {value}, {wanted})",
                    f"get_structs<{deeper}>(r, {value}, {wanted}, {least}, {_bool(f.nullable)})")  # fmt: skip
        put = f"put_array(w, {value}, {wanted}, {f.size})"
        if f.element == "Bytes":
            return put, f"get_array(r, {value}, {wanted}, {f.size}, {_bool(f.nullable)})"
        if f.element == "Flags":
            get = f"get_flags_array<{self._mask(f)}>(r, {value}, {wanted}, {_bool(f.nullable)})"
            return f"put_flags_array(w, {value}, {wanted})", get
        raise planning.PlanError(f"{owner}.{f.name}: has no straight code.")

    def _has_object(self, f):
        return _bool(f.type in self.policy.guest_objects)

    def _mask(self, f):
        return f"0x{planning.flag_mask(self.plan.model, f.type):x}"


def _bool(value):
    return "true" if value else "false"


def _count(f, at):
    return {"Same": f"{at}.{f.count}", "Quarter": f"{at}.{f.count} / 4",
            "Bits32": f"(std::uint64_t{{{at}.{f.count}}} + 31) / 32"}[f.rule] if f.count else "1"  # fmt: skip


def _in_force(f, at):
    """A function of wire/predicates.h, or a member that is not 0."""
    by_name = "." in f.valid_when or "->" in f.valid_when
    return f"{at}.{f.valid_when}" if by_name else f"{f.valid_when}(&{at})"
