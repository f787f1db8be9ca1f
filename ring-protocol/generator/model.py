"""What the registry says, as plain data. Knows the form of vk.xml and of video.xml beside it, and
nothing of this project.

Source of the form: the Khronos "registry" document that ships with Vulkan-Docs (registry.adoc).
"""

import os
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Declaration:
    """A command's parameter or a structure's member."""

    name: str
    type: str
    const: bool  # the outermost pointee is const
    pointers: int  # 0 value, 1 T*, 2 T**
    dimensions: tuple  # static array lengths, as text
    lengths: tuple  # the `len` attribute, split
    optional: tuple  # the `optional` attribute, split, as booleans
    no_auto_validity: bool
    values: str  # the one legal sType, where given
    selector: str  # of a union: the member that says which alternative holds
    selection: tuple  # of an alternative: the selector's values
    text: str  # the C declaration, for generated code

    @property
    def is_bit_field(self):
        return ":" in self.text

    @property
    def is_optional(self):
        return bool(self.optional and self.optional[0])


@dataclass
class Struct:
    name: str
    members: list
    extends: tuple = ()
    returned_only: bool = False
    union: bool = False
    codec: bool = False  # of a video codec's standard, not of Vulkan's own form

    @property
    def of_bits(self):
        """Whether all of its members are bit fields."""
        return bool(self.members) and all(m.is_bit_field for m in self.members)

    @property
    def stype(self):
        first = self.members[0] if self.members else None
        return first.values if first and first.name == "sType" else ""


@dataclass
class Enum:
    name: str
    values: dict = field(default_factory=dict)  # enumerator -> number
    bitwidth: int = 32
    is_bitmask: bool = False


@dataclass
class Command:
    name: str
    result: str
    params: list
    success_codes: tuple = ()


@dataclass
class Extension:
    name: str
    number: int
    kind: str  # instance or device
    platform: str
    supported: bool
    provisional: bool
    promoted_to: str
    commands: list = field(default_factory=list)
    types: list = field(default_factory=list)
    requires: tuple = ()


@dataclass
class Model:
    structs: dict = field(default_factory=dict)
    enums: dict = field(default_factory=dict)
    flags: dict = field(default_factory=dict)  # flags type -> (bits enum or "", 32 or 64)
    handles: dict = field(default_factory=dict)  # name -> (dispatchable, parent)
    handle_object_types: dict = field(default_factory=dict)
    base_types: dict = field(default_factory=dict)
    function_pointers: set = field(default_factory=set)
    commands: dict = field(default_factory=dict)
    aliases: dict = field(default_factory=dict)  # type or command -> what it stands for
    core: dict = field(default_factory=dict)  # version -> (commands, types)
    extensions: dict = field(default_factory=dict)
    constants: dict = field(default_factory=dict)
    tags: list = field(default_factory=list)  # of vendors, at the ends of names
    header_version: int = 0  # 0 where the registry does not say

    def resolve(self, name):
        while name in self.aliases:
            name = self.aliases[name]
        return name

    def enum_value(self, name):
        return next(e.values[name] for e in self.enums.values() if name in e.values)

    def keep_names(self, names):
        """Gives commands that a newer registry promoted the names by which `names` know them: the
        name that it was promoted to becomes the alias. Both are in the registry's headers."""
        renamed = {}
        for alias in self.aliases:
            now = self.resolve(alias)
            if alias in names and now in self.commands and now not in names:
                renamed.setdefault(now, alias)
        for now, first in renamed.items():
            del self.aliases[first]
            self.aliases[now] = first
        self.commands = {
            renamed.get(name, name): replace(command, name=renamed.get(name, name))
            for name, command in self.commands.items()
        }

    def without_tag(self, name):
        """The name as it is or would be in core."""
        for tag in self.tags:
            if name.endswith(tag) and not name[: -len(tag)].endswith("_"):
                return name[: -len(tag)]
        return name


def read(path, service_path=None):
    """Reads vk.xml and, in the same form, this project's own commands."""
    model = Model()
    roots = [ElementTree.parse(path).getroot()]
    if service_path:
        roots.append(ElementTree.parse(service_path).getroot())
    # The structures of the codecs' standards, where the registry is one of Vulkan.
    video = os.path.join(os.path.dirname(path), "video.xml")
    codecs = [ElementTree.parse(video).getroot()] if os.path.exists(video) else []
    for root in codecs + roots:
        _read_version(root, model)
        model.tags += [tag.get("name") for tag in root.findall("tags/tag")]
        _read_types(root, model, root in codecs)
        _read_enums(root, model)
        _read_commands(root, model)
    for root in roots:
        _read_features(root, model)
        _read_extensions(root, model)
    return model


def _read_version(root, model):
    for define in root.findall("types/type[@category='define']"):
        if define.findtext("name") == "VK_HEADER_VERSION":
            model.header_version = int(define.find("name").tail.strip())


def _for_vulkan(element):
    return "api" not in element.attrib or "vulkan" in element.get("api").split(",")


def _declaration(element):
    text = ""
    for part in [element.text or ""] + [
        piece
        for child in element
        for piece in ((child.text or "") if child.tag != "comment" else "", child.tail or "")
    ]:
        text += part
    name = element.find("name").text
    after = text[text.rindex(name) + len(name) :] if name in text else ""
    return Declaration(
        name=name,
        type=element.find("type").text,
        const="const" in text.split("*")[0],
        pointers=text.count("*"),
        dimensions=tuple(re.findall(r"\[(\w+)\]", after)),
        lengths=tuple((element.get("altlen") or element.get("len") or "").split(","))
        if element.get("len") not in (None, "1")  # which some registries say of one and others not
        else (),
        optional=tuple(word == "true" for word in element.get("optional", "").split(","))
        if element.get("optional")
        else (),
        no_auto_validity=element.get("noautovalidity") == "true",
        values=element.get("values") or "",
        selector=element.get("selector") or "",
        selection=tuple(filter(None, (element.get("selection") or "").split(","))),
        text=" ".join(text.split()),
    )


def _read_types(root, model, codec):
    for element in root.findall("types/type"):
        if not _for_vulkan(element):
            continue
        category = element.get("category")
        name = element.get("name") or (
            element.find("name").text if element.find("name") is not None else None
        )
        if element.get("alias"):
            model.aliases[name] = element.get("alias")
        elif category in ("struct", "union"):
            members = [_declaration(m) for m in element.findall("member") if _for_vulkan(m)]
            extends = tuple(filter(None, element.get("structextends", "").split(",")))
            model.structs[name] = Struct(
                name, members, extends, element.get("returnedonly") == "true", category == "union", codec
            )
        elif category == "handle":
            dispatchable = element.find("type").text == "VK_DEFINE_HANDLE"
            model.handles[name] = (dispatchable, (element.get("parent") or "").split(",")[0])
            model.handle_object_types[name] = element.get("objtypeenum") or ""
        elif category == "bitmask":
            bits = element.get("requires") or element.get("bitvalues") or ""
            model.flags[name] = (bits, 64 if element.find("type").text == "VkFlags64" else 32)
        elif category == "enum":
            model.enums.setdefault(name, Enum(name))
        elif category == "basetype":
            base = element.find("type")
            model.base_types[name] = base.text if base is not None else ""
        elif category == "funcpointer":
            model.function_pointers.add(name)


def _number(text):
    text = text.strip("()").rstrip("ULFf")
    try:
        return (~int(text[1:].rstrip("UL"), 0)) & 0xFFFFFFFF if text.startswith("~") else int(text, 0)
    except ValueError:
        return None


def _read_enums(root, model):
    for block in root.findall("enums"):
        name = block.get("name")
        if block.get("type") in ("enum", "bitmask"):
            enum = model.enums.setdefault(name, Enum(name))
            enum.is_bitmask = block.get("type") == "bitmask"
            enum.bitwidth = int(block.get("bitwidth", "32"))
            for value in block.findall("enum"):
                _add_value(enum, value, 0)
        else:
            for value in block.findall("enum"):
                if value.get("value"):
                    model.constants[value.get("name")] = _number(value.get("value"))


def _add_value(enum, value, extension_number):
    if value.get("alias") or not _for_vulkan(value):
        return
    if value.get("bitpos") is not None:
        number = 1 << int(value.get("bitpos"))
    elif value.get("value") is not None:
        number = _number(value.get("value"))
    else:
        block = int(value.get("extnumber") or extension_number)
        number = 1000000000 + (block - 1) * 1000 + int(value.get("offset"))
        if value.get("dir") == "-":
            number = -number
    enum.values[value.get("name")] = number


def _read_commands(root, model):
    for element in root.findall("commands/command"):
        if not _for_vulkan(element):
            continue
        if element.get("alias"):
            model.aliases[element.get("name")] = element.get("alias")
            continue
        name = element.find("proto/name").text
        model.commands[name] = Command(
            name,
            element.find("proto/type").text,
            [_declaration(p) for p in element.findall("param") if _for_vulkan(p)],
            tuple(filter(None, element.get("successcodes", "").split(","))),
        )


def _read_features(root, model):
    for feature in root.findall("feature"):
        if not _for_vulkan(feature):
            continue
        commands = [c.get("name") for c in feature.findall("require/command")]
        types = [t.get("name") for t in feature.findall("require/type")]
        model.core[feature.get("number")] = (commands, types)
        _read_required_enums(feature, 0, model)


def _read_extensions(root, model):
    for element in root.findall("extensions/extension"):
        supported = "vulkan" in element.get("supported", "").split(",")
        number = int(element.get("number", "0"))
        extension = Extension(
            element.get("name"),
            number,
            element.get("type") or "device",
            element.get("platform") or "",
            supported,
            element.get("provisional") == "true",
            element.get("promotedto") or "",
            requires=tuple(re.findall(r"VK_\w+", element.get("depends") or element.get("requires") or "")),
        )
        for require in element.findall("require"):
            if not _for_vulkan(require):
                continue
            extension.commands += [c.get("name") for c in require.findall("command")]
            extension.types += [t.get("name") for t in require.findall("type")]
        model.extensions[extension.name] = extension
        if supported:
            _read_required_enums(element, number, model)


def _read_required_enums(element, extension_number, model):
    for value in element.findall("require/enum"):
        if value.get("extends") and not value.get("alias"):
            enum = model.enums.setdefault(value.get("extends"), Enum(value.get("extends")))
            _add_value(enum, value, extension_number)
