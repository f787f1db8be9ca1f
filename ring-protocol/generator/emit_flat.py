"""flat_codec.h: straight code for commands without structures, the same octets as wire/codec.h.

Most of what a frame sends is flat; these are the functions that decide its price.
"""

import plan as planning
import text


def emit(plan, policy, folder):
    flat = [c for c in plan.commands if c.on_wire and c.layout != "Structured"]
    body = "".join(_encode(c, policy) + _decode(c, plan.model) for c in flat)
    text.header(
        f"{folder}/flat_codec.h",
        "Straight code for flat commands; tests hold it against the codec.",
        '#include "commands.h"\n#include "wire/flat_pieces.h"\n\nnamespace vgpu::wire {\n\n'
        f"{body}}}  // namespace vgpu::wire\n",
    )
    _table(flat, folder)


def _table(flat, folder):
    """flat_table.cpp: the straight code by command, for tests that hold it against the codec."""
    rows = "".join(f"    flat_code<Args_{c.name}>(),\n" for c in flat)
    text.cpp(
        f"{folder}/flat_table.cpp",
        "The straight code of each flat command; only tests are built with it.",
        f'#include "flat_table.h"\n\n#include "flat_codec.h"\n\nnamespace vgpu::wire {{\n\nnamespace {{\n\n'
        f"constexpr FlatCode kTable[] = {{\n{rows}}};\n\n}}  // namespace\n\n"
        "const std::span<const FlatCode> kFlatCodes{kTable};\n\n}  // namespace vgpu::wire\n",
    )


def _encode(command, policy):
    lines = [
        "template <typename W>",
        f"[[gnu::always_inline]] inline void encode_args(W& w, const Args_{command.name}& a) {{",
    ]
    for f in command.args:
        if f.element == "Handle":
            object_way = "true" if f.type in policy.guest_objects else "false"
            if f.shape == "Value":
                lines.append(f"    put_handle<{object_way}>(w, a.{f.name});")
            else:
                lines.append(f"    put_handles<{object_way}>(w, a.{f.name}, {_count(f)});")
        elif f.shape in ("Value", "Fixed"):
            lines.append(f"    put_value{_plain(f)}(w, a.{f.name});")
        else:
            lines.append(f"    put_array(w, a.{f.name}, {_count(f)}, {f.size});")
    return "\n".join(lines) + "\n}\n"


def _decode(command, model):
    lines = [
        "template <typename R>",
        f"[[gnu::always_inline]] inline bool decode_args(R& r, Args_{command.name}& a) {{",
    ]
    for f in command.args:
        if f.element == "Handle":
            nullable = "true" if f.nullable else "false"
            kind = text.object_type(f.type)
            if f.shape == "Value":
                lines.append(f"    get_handle<{kind}, {nullable}>(r, a.{f.name}, a.{f.name}_id);")
            else:
                elements = "true" if f.null_elements else "false"
                lines.append(
                    f"    get_handles<{kind}, {nullable}, {elements}>"
                    f"(r, a.{f.name}, a.{f.name}_ids, {_count(f)});"
                )
        elif f.element == "Enum":
            ranges = ", ".join(f"EnumRange{{{a}, {b}}}" for a, b in planning.enum_ranges(model, f.type))
            lines.append(f"    get_enum<{ranges}>(r, a.{f.name});")
        elif f.element == "Flags":
            lines.append(f"    get_flags<0x{planning.flag_mask(model, f.type):x}>(r, a.{f.name});")
        elif f.element == "Bool":
            lines.append(f"    get_bool(r, a.{f.name});")
        elif f.shape in ("Value", "Fixed"):
            lines.append(f"    get_value(r, a.{f.name});")
        else:
            nullable = "true" if f.nullable else "false"
            lines.append(f"    get_array(r, a.{f.name}, {_count(f)}, {f.size}, {nullable});")
    return "\n".join(lines) + "\n    return r.ok();\n}\n"


def _count(f):
    return {"Same": f"a.{f.count}", "Quarter": f"a.{f.count} / 4",
            "Bits32": f"(std::uint64_t{{a.{f.count}}} + 31) / 32"}[f.rule] if f.count else "1"  # fmt: skip


def _plain(f):
    return "<true>" if f.element == "Bytes" else "<false>"
