#!/usr/bin/env python3
"""Generates the wire, the guest's entry points and the host's calls from the Vulkan registry.

model -> plan -> emit: model.py reads vk.xml, plan.py decides, one emit_*.py writes each output.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import emit_commands  # noqa: E402
import emit_coverage  # noqa: E402
import emit_descriptions  # noqa: E402
import emit_entries  # noqa: E402
import emit_extensions  # noqa: E402
import emit_flat  # noqa: E402
import emit_hidden  # noqa: E402
import emit_replay  # noqa: E402
import emit_types  # noqa: E402
import model as registry  # noqa: E402
import plan as planning  # noqa: E402
import policy as policies  # noqa: E402
import wire_lock  # noqa: E402


def arguments():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--registry", default="/usr/share/vulkan/registry/vk.xml",
                        help="the Vulkan registry (default: %(default)s, of libvulkan-dev)")  # fmt: skip
    parser.add_argument("--service", default=os.path.join(here, "..", "service.xml"))
    parser.add_argument("--policy", default=os.path.join(here, "..", "policy.toml"))
    parser.add_argument("--lock", default=os.path.join(here, "..", "wire.lock"))
    parser.add_argument("--out", help="folder for the generated files")
    parser.add_argument("--entry-files", type=int, default=4)
    parser.add_argument("--replay-files", type=int, default=4)
    parser.add_argument("--update-lock", action="store_true",
                        help="append new commands to wire.lock and accept changed layouts")  # fmt: skip
    return parser.parse_args()


def main():
    options = arguments()
    try:
        generate(options)
    except (planning.PlanError, policies.PolicyError, wire_lock.LockError, OSError) as error:
        sys.exit(f"generate.py: {error}")


def generate(options):
    model = registry.read(options.registry, options.service)
    policy = policies.Policy.load(options.policy)
    model.keep_names(set(wire_lock.read(options.lock)) | policy.command_names)
    plan = planning.make(model, policy)
    changes = wire_lock.assign(plan, options.lock, options.update_lock)
    if changes and not options.update_lock:
        check_lock(changes, plan)
    if not options.out:
        return
    emit_types.emit(plan, policy, options.out)
    emit_types.emit_results(plan, options.out)
    emit_commands.emit(plan, options.out)
    emit_descriptions.emit(plan, options.out)
    emit_flat.emit(plan, policy, options.out)
    emit_hidden.emit(plan, policy, options.out)
    emit_extensions.emit(plan, policy, options.out)
    emit_entries.emit(plan, options.out, options.entry_files)
    emit_replay.emit(plan, options.out, options.replay_files)
    emit_coverage.emit(plan, policy, os.path.join(options.out, "coverage.md"))


def check_lock(changes, plan):
    """Changed layouts stop the build. Commands that the lock does not know (of a registry newer
    than it) stay off the wire."""
    changed = [name for name, before, _ in changes if before]
    if changed:
        raise wire_lock.LockError(
            f"The layout of {', '.join(changed[:5])} is not what wire.lock says ({len(changed)} commands). "
            "If the change is meant, run generate.py --update-lock and commit wire.lock."
        )
    unknown = {name for name, _, _ in changes}
    print(f"generate.py: {len(unknown)} commands are not in wire.lock and stay off the wire: "
          f"{', '.join(sorted(unknown)[:5])} ...", file=sys.stderr)  # fmt: skip
    plan.commands = [c for c in plan.commands if c.name not in unknown]
    for name in unknown:
        plan.commands_refused[name] = "not in wire.lock yet"


if __name__ == "__main__":
    main()
