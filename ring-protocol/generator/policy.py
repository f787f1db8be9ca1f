"""policy.toml: every special case, each with its reason, each of use."""

import tomllib


# What a line of each section may say.
KEYS = {
    "commands": {"frontend", "backend", "reply", "after", "refuse", "newer"},
    "members": {"local", "nullable", "null_elements", "lenient", "valid_when", "hidden", "length",
                "newer"},
    "flat": {"newer"},
    "straight": {"newer"},
    "structs": set(),
    "extensions": {"carry", "guest"},
    "vendors": set(),
    "guest_objects": set(),
}


class PolicyError(Exception):
    """A line of policy.toml that is wrong; the message names it."""


class Policy:
    def __init__(self, table):
        self._commands = table.get("commands", {})
        self._members = table.get("members", {})
        self._flat = table.get("flat", {})
        self._straight = table.get("straight", {})
        self._structs = table.get("structs", {})
        self._extensions = table.get("extensions", {})
        self.refused_vendors = {
            name: line["why"] for name, line in table.get("vendors", {}).items()
        }
        self.guest_objects = table.get("guest_objects", {})
        self._used = set()
        self._expand_groups()
        for section, lines in table.items():
            if section not in KEYS:
                raise PolicyError(f"[{section}] is no section of the policy.")
            for name, line in lines.items():
                _check_line(section, name, line)

    @staticmethod
    def load(path):
        with open(path, "rb") as file:
            return Policy(tomllib.load(file))

    def _expand_groups(self):
        """A line may name several: "vkGetX vkGetY" = { ... }."""
        for section in (self._commands, self._members, self._flat, self._straight, self._structs, self._extensions,
                        self.guest_objects):  # fmt: skip
            for key in [k for k in section if " " in k]:
                for name in key.split():
                    section[name] = section[key]
                del section[key]

    @property
    def command_names(self):
        return set(self._commands)

    def resolve(self, model):
        """Lets lines that name what a newer registry promoted hold for the promoted name."""

        def resolved(table, resolve):
            return {resolve(name): line for name, line in table.items()}

        def member(name):
            owner, dot, rest = name.partition(".")
            return model.resolve(owner) + dot + rest

        self._members = resolved(self._members, member)
        self._flat = resolved(self._flat, model.resolve)
        self._structs = resolved(self._structs, model.resolve)
        self.guest_objects = resolved(self.guest_objects, model.resolve)

    def command(self, name):
        return self._take("commands", self._commands, name)

    def member(self, owner, name):
        return self._take("members", self._members, f"{owner}.{name}")

    def is_flat(self, name):
        return bool(self._take("flat", self._flat, name))

    def is_straight(self, name):
        return bool(self._take("straight", self._straight, name))

    def flat_reason(self, name):
        return self._flat[name]["why"]

    def struct_refusal(self, name):
        return self._take("structs", self._structs, name).get("why", "")

    def extension(self, name):
        return self._take("extensions", self._extensions, name)

    def _take(self, section, table, name):
        if name in table:
            self._used.add((section, name))
            return table[name]
        return {}

    def check_all_used(self, handles):
        """A special case that matches nothing is a mistake. Extensions and their structures are
        let off: registries of other ages lack some."""
        for name in self.guest_objects:
            if name not in handles:
                raise PolicyError(f"[guest_objects] {name}: matches nothing in the registry.")
        for section, table in (("commands", self._commands), ("members", self._members),
                               ("flat", self._flat), ("straight", self._straight)):  # fmt: skip
            for name in table:
                if (section, name) not in self._used and not table[name].get("newer"):
                    raise PolicyError(f"[{section}] {name}: matches nothing in the registry.")


def _check_line(section, name, line):
    if not isinstance(line, dict) or not line.get("why"):
        raise PolicyError(f"[{section}] {name}: has no reason ('why').")
    strange = sorted(set(line) - KEYS[section] - {"why"})
    if strange:
        raise PolicyError(f"[{section}] {name}: '{strange[0]}' means nothing here.")
    if section == "extensions" and "carry" not in line:
        raise PolicyError(f"[{section}] {name}: does not say whether it is carried ('carry').")
