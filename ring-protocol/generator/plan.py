"""Every decision about the wire: which way each parameter, member, command and extension goes.

The plan is what emitters walk. Nothing here knows C++ beyond the names of Vulkan's types; nothing
in an emitter knows Vulkan's names.
"""

import re
import zlib
from dataclasses import dataclass, field, replace
from typing import Optional

from model import Model

SCALARS = {
    "float": 4, "double": 8, "char": 1, "uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8,
    "int8_t": 1, "int16_t": 2, "int32_t": 4, "int64_t": 8, "int": 4, "size_t": 8, "void": 1,
}  # fmt: skip


# The oldest header version that has all that policy.toml names, but for its lines that say `newer`.
WRITTEN_FOR = 239

# Platforms that no guest of this service runs.
ELSEWHERE = {"android", "fuchsia", "ggp", "ios", "macos", "metal", "screen", "vi", "win32"}


class PlanError(Exception):
    """Something in the registry that no way fits: policy.toml must decide."""


@dataclass
class FieldPlan:
    """One member of a structure, or one parameter: the ways of wire/description.h."""

    name: str
    element: str  # Bytes Bool Enum Flags Handle NewHandle Struct Union String
    shape: str  # Value Fixed Pointer Array Chain OutPointer OutArray
    type: str = ""
    c_type: str = ""  # of the member in Args_ and Reply_ structures
    size: str = "0"  # of an element: a C expression
    length: str = "1"
    count: str = ""  # the count's member
    count_via: str = ""  # the pointer through which the count is reached
    count_struct: str = ""  # the structure that count_via points at
    rule: str = "Same"
    nullable: bool = False
    null_elements: bool = False
    lenient: bool = False
    valid_when: str = ""
    selector: str = ""  # of a union: the member that says which alternative holds
    keeps_id: bool = False


@dataclass
class StructPlan:
    name: str
    stype: str
    fields: list
    extenders: list = field(default_factory=list)


@dataclass
class UnionPlan:
    name: str
    alternatives: list  # (the selector's value, FieldPlan)


@dataclass
class CommandPlan:
    name: str
    result: str
    params: list  # the registry's declarations, for signatures
    args: list
    reply: list
    replies: bool
    recorded: bool
    effect: str  # plain, create, create_many, destroy, free_many
    frontend: str  # generated, hand, none, absent
    backend: str  # generated, hand, none
    after: str
    number: int = 0
    target: Optional[FieldPlan] = None  # what is created or destroyed
    pool: Optional[FieldPlan] = None  # whose children are freed
    outs: list = field(default_factory=list)  # (declaration, way) of each output
    vulkan: bool = True
    # Of the arguments on the wire: Structured, Straight (straight code carries them), Flat (and
    # there are no structures), or Fixed (flat, and as many octets whatever they are).
    layout: str = "Structured"

    @property
    def on_wire(self):
        return self.backend != "none"


@dataclass
class Plan:
    model: Model
    commands: list
    structs: dict
    unions: dict
    enums: list
    object_types: list
    extensions: dict  # name -> (carried, reason)
    bit_structs: set  # carried as their bytes, because they are bit fields
    refused_structs: dict
    command_aliases: dict  # alias -> canonical
    command_extensions: dict  # command -> extension names, empty for core
    command_versions: dict  # command -> the core version that brought it, as "1.1"
    commands_refused: dict


def make(model, policy, core_versions=("1.0", "1.1", "1.2", "1.3", "1.4")):
    return _Planner(model, policy, core_versions).plan()


class _Planner:
    def __init__(self, model, policy, core_versions):
        self.model = model
        self.policy = policy
        self.core_versions = [v for v in core_versions if v in model.core]
        self.structs = {}
        self.unions = {}
        self.enums = []
        self.types = set()
        self.bit_structs = set()
        self.refused_structs = {}

    def plan(self):
        self.policy.resolve(self.model)
        extensions = {e.name: self._carries(e) for e in self.model.extensions.values()}
        carried = [e for e in self.model.extensions.values() if extensions[e.name][0]]
        self._collect_types(carried)
        names, command_extensions = self._collect_commands(carried)
        commands, refused = [], {}
        for name in names:
            policy = self.policy.command(name)
            if policy.get("refuse"):
                refused[name] = policy["why"]
                continue
            commands.append(self._command(name, policy))
        self._close_over_extenders()
        aliases = {
            alias: self.model.resolve(alias)
            for alias in self.model.aliases
            if self.model.resolve(alias) in set(names) and alias in command_extensions
        }
        if not 0 < self.model.header_version < WRITTEN_FOR:
            self.policy.check_all_used(self.model.handles)
        return Plan(
            self.model, commands, self.structs, self.unions, self.enums,
            sorted(h for h in self.model.handles if h in self.types), extensions,
            self.bit_structs, self.refused_structs, aliases, command_extensions, self._command_versions(), refused,
        )  # fmt: skip

    # --- what is carried -------------------------------------------------------------------

    def _carries(self, extension):
        """Carried unless there is a reason; the reason is for the coverage page."""
        rule = self.policy.extension(extension.name)
        if rule:
            return rule["carry"], rule["why"]
        if not extension.supported:
            return False, "the registry disables it"
        if extension.provisional or extension.platform == "provisional":
            return False, "provisional: its form may change"
        if extension.platform in ELSEWHERE:
            return False, f"belongs to the platform '{extension.platform}', which Linux is not"
        if extension.platform:
            return False, f"belongs to the platform '{extension.platform}', which is not carried"
        vendor = extension.name.split("_")[1]
        if vendor in self.policy.refused_vendors:
            return False, self.policy.refused_vendors[vendor]
        return True, ""

    def _collect_types(self, carried):
        for version in self.core_versions:
            self.types.update(map(self.model.resolve, self.model.core[version][1]))
        for extension in carried:
            self.types.update(map(self.model.resolve, extension.types))

    def _collect_commands(self, carried):
        """Canonical names in the order of the registry, and which extensions bring each name."""
        brought = {}
        for version in self.core_versions:
            for name in self.model.core[version][0]:
                brought.setdefault(name, [])
        for extension in carried:
            for name in extension.commands:
                if name not in brought or brought[name]:
                    brought.setdefault(name, []).append(extension.name)
        names = {self.model.resolve(name) for name in brought}
        names |= {n for n in self.model.commands if n.startswith("vgpu")}
        ordered = [name for name in self.model.commands if name in names]
        return ordered, brought

    def _command_versions(self):
        versions = {}
        for version in self.core_versions:
            for name in self.model.core[version][0]:
                versions.setdefault(name, version)
        return versions


    # --- commands --------------------------------------------------------------------------

    def _command(self, name, policy):
        command = self.model.commands[name]
        frontend = policy.get("frontend", "generated")
        backend = policy.get("backend", "generated")
        plan = CommandPlan(
            name, command.result, command.params, [], [], False,
            name.startswith(("vkCmd", "vgpuCmd")), "plain", frontend, backend, policy.get("after", ""),
            vulkan=not name.startswith("vgpu"),
        )  # fmt: skip
        if not plan.vulkan:
            plan.frontend = "none"
        if frontend == "absent" and (backend != "none" or command.result != "VkResult"):
            raise PlanError(f"{name}: what is absent says so by its result, and crosses nothing.")
        if backend == "none":
            return plan
        try:
            for param in command.params:
                self._param(command, param, plan, policy)
        except PlanError as error:
            raise PlanError(f"{name}: {error}") from None
        self._effect(plan)
        if plan.effect == "create_many" and plan.vulkan and frontend == "generated":
            raise PlanError(f"{name}: makes several objects, whose ids only a hand-written guest "
                            'half can take: policy.toml must say frontend = "hand".')  # fmt: skip
        plan.replies = policy.get("reply", self._must_reply(plan)) in (True, "call")
        if plan.recorded and plan.replies:
            raise PlanError(f"{name}: is recorded, so nobody waits for its answer: policy.toml must "
                            'say reply = "post", or refuse it.')  # fmt: skip
        if command.result not in ("void",) and plan.replies:
            c_type = command.result
            plan.reply.insert(0, FieldPlan("result", "Bytes", "Value", c_type, c_type, f"sizeof({c_type})"))
        if plan.args and all(map(_is_flat, plan.args)):
            plan.layout = "Flat" if any(f.shape == "Array" for f in plan.args) else "Fixed"
        elif self.policy.is_straight(name):
            plan.layout = "Straight"
        return plan

    @staticmethod
    def _must_reply(plan):
        return bool(plan.reply) or plan.result not in ("VkResult", "void")

    def _param(self, command, param, plan, policy):
        member_policy = self.policy.member(command.name, param.name)
        if param.type == "VkAllocationCallbacks":
            return
        if member_policy.get("local"):
            return
        if param.pointers == 0 or param.const:
            plan.args.append(self._field(command.name, param, command.params))
            if plan.args[-1].element == "Handle":
                plan.args[-1].keeps_id = True
            return
        self._output(command, param, plan)

    def _output(self, command, param, plan):
        """A pointer that the command writes through."""
        if param.pointers > 1:
            raise PlanError(f"{param.name}: a pointer to a pointer")
        if param.type in self.model.handles:
            self._new_handle(command, param, plan)
        elif self._counts_an_output(command, param):
            base = param.type
            plan.args.append(FieldPlan(param.name, "Bytes", "Value", base, base, f"sizeof({base})"))
            plan.reply.append(FieldPlan(param.name, "Bytes", "Value", base, base, f"sizeof({base})"))
            plan.outs.append((param, "count"))
        elif param.lengths:
            out = self._field(command.name, param, command.params)
            out.shape, out.nullable = "OutArray", True
            plan.args.append(out)
            back = FieldPlan(**{**out.__dict__, "shape": "Array", "count": f"{param.name}_count"})
            back.count_via, back.count_struct = "", ""
            plan.reply.append(back)
            plan.outs.append((param, "array"))
        else:
            out = self._field(command.name, param, command.params)
            out.shape = "OutPointer"
            plan.args.append(out)
            plan.reply.append(FieldPlan(**{**out.__dict__, "shape": "Pointer", "nullable": True}))
            plan.outs.append((param, "single"))

    @staticmethod
    def _counts_an_output(command, param):
        return any(
            param.name in other.lengths and other.pointers and not other.const
            for other in command.params
        )

    def _new_handle(self, command, param, plan):
        made = FieldPlan(param.name, "NewHandle", "Value", param.type, "ObjectId", "8")
        if param.lengths:
            made.shape, made.c_type = "Array", "const ObjectId*"
            self._set_count(made, param, command.params)
        plan.args.append(made)
        plan.effect = "create_many" if param.lengths else "create"
        plan.target = made

    def _effect(self, plan):
        handles = [f for f in plan.args if f.element == "Handle"]
        if plan.name.startswith("vkDestroy") and handles:
            plan.effect, plan.target = "destroy", handles[-1]
            plan.target.nullable = len(handles) > 1
        elif plan.name.startswith("vkFree") and handles:
            plan.target = handles[-1]
            plan.effect = "free_many" if plan.target.shape == "Array" else "destroy"
            if plan.effect == "free_many":
                plan.target.nullable, plan.target.null_elements = False, True
                plan.pool = handles[-2]
            else:
                plan.target.nullable = True


    # --- structures ------------------------------------------------------------------------

    def struct(self, name):
        """The plan of a structure, made at its first use."""
        if name in self.structs:
            return self.structs[name]
        source = self.model.structs[name]
        plan = StructPlan(name, source.stype, [])
        self.structs[name] = plan
        if self.policy.is_flat(name):
            return plan
        for member in source.members:
            if member.name == "sType" and member.values:
                continue
            rule = self.policy.member(name, member.name)
            if rule.get("local"):
                continue
            try:
                plan.fields.append(self._field(name, member, source.members))
            except PlanError as error:
                raise PlanError(f"{name}.{error}") from None
        return plan

    def union(self, name):
        """The plan of a union whose alternatives the registry gives with the values that select them."""
        if name in self.unions:
            return
        plan = UnionPlan(name, [])
        self.unions[name] = plan
        members = self.model.structs[name].members
        for member in members:
            if not member.selection:
                raise PlanError(f"{name}.{member.name}: nothing selects it")
            try:
                field = self._field(name, member, members)
            except PlanError as error:
                raise PlanError(f"{name}.{error}") from None
            for value in member.selection:
                plan.alternatives.append((self.model.enum_value(value), field))

    def _close_over_extenders(self):
        """Carried structures that may stand in the chains of carried structures."""
        done = False
        while not done:
            done = True
            for name in sorted(self.types):
                source = self.model.structs.get(name)
                if not source or not source.extends or name in self.refused_structs:
                    continue
                roots = [r for r in map(self.model.resolve, source.extends) if r in self.structs]
                if not roots:
                    continue
                refusal = self.policy.struct_refusal(name)
                if refusal:
                    self.refused_structs[name] = refusal
                    continue
                if name not in self.structs:
                    self.struct(name)
                    done = False
                for root in roots:
                    if name not in self.structs[root].extenders:
                        self.structs[root].extenders.append(name)

    # --- members and parameters ------------------------------------------------------------

    def _field(self, owner, declaration, siblings):
        if declaration.name == "pNext":
            return FieldPlan("pNext", "Struct", "Chain")
        if declaration.is_bit_field:
            raise PlanError(f"{declaration.name}: a bit field")
        base = self.model.resolve(declaration.type)
        element, size = self._element(owner, declaration, base)
        plan = FieldPlan(declaration.name, element, "Value", base, "", size)
        plan.c_type = self._c_type(declaration)
        rule = self.policy.member(owner, declaration.name)
        source = self.model.structs.get(owner)
        codec = bool(source and source.codec)
        # A codec's values come from streams as they may be, and its pointers lead where flags say.
        plan.lenient = bool(rule.get("lenient", codec and element == "Enum"))
        plan.valid_when = rule.get("valid_when", "")
        plan.selector = declaration.selector if element == "Union" else ""
        # Without automatic validity the prose decides, which is not known here; valid_when is it.
        unknown = declaration.no_auto_validity and not plan.valid_when
        plan.nullable = bool(rule.get("nullable", declaration.is_optional or unknown or codec))
        plan.null_elements = element == "Handle" and bool(
            any(declaration.optional[1:]) or rule.get("null_elements")
        )
        if declaration.dimensions:
            plan.shape = "Fixed"
            plan.length = " * ".join(declaration.dimensions)
            if element == "Handle":
                raise PlanError(f"{declaration.name}: an array of handles inside a structure")
            return plan
        if declaration.pointers == 0:
            return plan
        if rule.get("length"):
            declaration = replace(declaration, lengths=(rule["length"],))
        return self._pointer(declaration, plan, siblings)

    def _pointer(self, declaration, plan, siblings):
        lengths = declaration.lengths
        if declaration.type == "char":
            plan.element, plan.size = "String", "8"
            if declaration.pointers == 1 and lengths == ("null-terminated",):
                plan.shape, plan.size = "Pointer", "1"
                return plan
            if declaration.pointers == 2 and len(lengths) == 2:
                plan.shape = "Array"
                self._set_count(plan, declaration, siblings)
                return plan
            raise PlanError(f"{declaration.name}: text of an unknown form")
        if declaration.pointers != 1:
            raise PlanError(f"{declaration.name}: a pointer to pointers")
        if not lengths:
            if declaration.type == "void":
                raise PlanError(f"{declaration.name}: a pointer to bytes of no known length")
            plan.shape = "Pointer"
            return plan
        if lengths[0].endswith("VK_UUID_SIZE"):
            plan.shape, plan.size = "Pointer", lengths[0]
            return plan
        plan.shape = "Array"
        self._set_count(plan, declaration, siblings)
        return plan

    def _set_count(self, plan, declaration, siblings):
        length = declaration.lengths[0].replace(" ", "")
        names = {s.name: s for s in siblings}
        if length == "codeSize/4":
            plan.rule, length = "Quarter", "codeSize"
        elif "rasterizationSamples" in length or length.startswith("(samples+31)"):
            plan.rule, length = "Bits32", "samples" if "(samples" in length else "rasterizationSamples"
        for arrow in ("->", "::"):
            if arrow in length:
                plan.count_via, plan.count = length.split(arrow)
                plan.count_struct = names[plan.count_via].type
                return
        if length not in names:
            raise PlanError(f"{declaration.name}: the length '{declaration.lengths[0]}' is no member")
        if names[length].dimensions or (names[length].pointers and names[length].const):
            raise PlanError(f"{declaration.name}: the length is not a number")
        plan.count = length

    def _element(self, owner, declaration, base):
        if base in self.model.handles:
            return "Handle", "8"
        if base == "VkBool32":
            return "Bool", "4"
        if base in self.model.flags:
            return "Flags", f"sizeof({declaration.type})"
        if base in self.model.enums:
            enum = self.model.enums[base]
            if enum.is_bitmask:
                return "Flags", f"sizeof({declaration.type})"
            if base not in self.enums:
                self.enums.append(base)
            return "Enum", "4"
        if base in self.model.structs:
            if self.model.structs[base].of_bits:
                self.bit_structs.add(base)
                return "Bytes", f"sizeof({declaration.type})"
            if self.policy.is_flat(base):
                return "Bytes", f"sizeof({declaration.type})"
            if not self.model.structs[base].union:
                self.struct(base)
                return "Struct", f"sizeof({declaration.type})"
            if not declaration.selector or declaration.pointers or declaration.dimensions:
                raise PlanError(f"{declaration.name}: the union {base}, of which nothing says what holds")
            self.union(base)
            return "Union", f"sizeof({declaration.type})"
        if base in SCALARS:
            return "Bytes", "1" if base == "void" else f"sizeof({declaration.type})"
        if self.model.base_types.get(base):
            return "Bytes", f"sizeof({declaration.type})"
        raise PlanError(f"{declaration.name}: the type {base}")

    @staticmethod
    def _c_type(declaration):
        text = declaration.text
        return text[: text.rindex(declaration.name)].strip()


def _is_flat(field):
    """Whether straight code carries the parameter: see emit_flat.py."""
    if field.lenient or field.valid_when or field.count_via:
        return False
    if field.shape == "Value":
        return field.element in ("Bytes", "Bool", "Enum", "Flags", "Handle")
    if field.shape == "Fixed":
        return field.element == "Bytes"
    return field.shape == "Array" and field.element in ("Bytes", "Handle")


def flag_mask(model, flags_type):
    """All bits that the registry gives a Flags type, or a FlagBits enum."""
    bits = model.flags[flags_type][0] if flags_type in model.flags else flags_type
    enum = model.enums.get(model.resolve(bits)) if bits else None
    mask = 0
    for value in enum.values.values() if enum else []:
        mask |= value & 0xFFFFFFFFFFFFFFFF
    return mask


def enum_ranges(model, name):
    """The values that the registry gives an enum, as (first, last) of each run of neighbours."""
    values = sorted(set(v for v in model.enums[name].values.values() if v is not None)) or [0]
    ranges, first, last = [], values[0], values[0]
    for value in values[1:]:
        if value != last + 1:
            ranges.append((first, last))
            first = value
        last = value
    return ranges + [(first, last)]


def layout_text(plan, command):
    """What wire.lock hashes: everything that decides the octets of a command, but for what may stand
    in its chains, which grows with every registry and tells the reader what it is."""

    def fields(items):
        return _fields_text(plan, items, frozenset())

    bare = plan.model.without_tag(command.name)
    return f"{bare}{fields(command.args)}->{fields(command.reply)}"


def _fields_text(plan, items, seen):
    # A registry that takes a thing into core gives it another name, and the octets stay.
    bare = plan.model.without_tag
    parts = []
    for item in items:
        size = re.sub(r"\w+", lambda word: bare(word.group()), item.size)
        part = f"{item.name}:{item.element}:{item.shape}:{size}:{item.length}:{item.count}"
        if item.rule != "Same":
            part += f":{item.rule}"
        if item.count_via:
            part += f":{item.count_via}"
        if item.element in ("Handle", "NewHandle"):
            part += f":{bare(item.type)}"
        if item.element == "Struct" and item.shape != "Chain":
            part += ":" + _struct_text(plan, item.type, seen)
        if item.element == "Union":
            part += f":{item.selector}:" + _union_text(plan, item.type, seen)
        parts.append(part)
    return "(" + ",".join(parts) + ")"


def _struct_text(plan, name, seen):
    bare = plan.model.without_tag(name)
    return bare if name in seen else bare + _fields_text(plan, plan.structs[name].fields, seen | {name})


def _union_text(plan, name, seen):
    alternatives = plan.unions[name].alternatives
    return _fields_text(plan, [f for _, f in alternatives], seen) + str([value for value, _ in alternatives])


def layout_hash(plan, command):
    return zlib.crc32(layout_text(plan, command).encode())


def link_hash(plan, root, extender):
    """That a structure may stand in the chain of another, and its octets there."""
    bare = plan.model.without_tag
    text = f"{bare(root.name)}<-{_struct_text(plan, extender.name, frozenset())}"
    return zlib.crc32(text.encode())
