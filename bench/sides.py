"""The ways to a driver that are compared: natively, through the service, and through a peer."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
NULL_LAYER = "VK_LAYER_VGPU_null"
QUICK_SECONDS = 0.05
SKIPPED = 77
PEERS = {"venus": BENCH / "venus-run"}


class RunFailed(Exception):
    """A run gave no value; the text says why."""


class Side:
    """One way. `wrapper` runs a command on it, and with --null before the command it also drops
    recorded commands on the host; natively it is empty."""

    def __init__(self, name, options, wrapper):
        self.name = name
        self.options = options
        self.wrapper = wrapper

    def command(self, row):
        seconds = row.get("seconds", self.options.seconds)
        if self.options.quick:
            seconds = QUICK_SECONDS
        command = [str(self.options.build_dir / "bench" / "vgpu-bench"), row.get("row", row["name"]),
                   "--seconds", str(seconds)]
        for option in ("clients", "busy"):
            if row.get(option):
                command += [f"--{option}", str(row[option])]
        if self.options.call:
            command += ["--call", self.options.call]
        null = ["--null"] if row.get("null") and self.wrapper else []
        return self.wrapper + null + command

    def environment(self, row):
        environment = dict(os.environ)
        if row.get("null") and not self.wrapper:
            environment["VK_LAYER_PATH"] = str(self.options.build_dir / "bench" / "null_layer")
            environment["VK_INSTANCE_LAYERS"] = NULL_LAYER
        return environment

    def measure(self, row):
        """What the run printed, or None where the driver lacks what the row needs."""
        try:
            done = subprocess.run(self.command(row), env=self.environment(row), text=True,
                                  capture_output=True, timeout=self.options.timeout)  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise RunFailed(f"no end within {self.options.timeout:g} s") from error
        except OSError as error:
            raise RunFailed(f"{error.filename} cannot be run: {error.strerror}") from error
        if done.returncode == SKIPPED:
            return None
        if done.returncode != 0:
            raise RunFailed(f"exit status {done.returncode}: {done.stderr.strip()[-400:]}")
        try:
            return json.loads(done.stdout.strip().splitlines()[-1])
        except (IndexError, ValueError) as error:
            raise RunFailed(f"prints no JSON: {done.stdout.strip()[-200:]!r}") from error


def peer_wrapper(options):
    """The command that runs another one on the peer. Exits where the machine does not have it."""
    if options.peer not in PEERS:
        return shlex.split(options.peer)
    wrapper = [sys.executable, str(PEERS[options.peer]), "--build-dir", str(options.build_dir)]
    try:
        found = subprocess.run([*wrapper, "true"], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        raise SystemExit(f"bench/run: The peer {options.peer} does not start within two minutes.") from None
    if found.returncode != 0:
        raise SystemExit(f"bench/run: There is no peer {options.peer} here. {found.stderr.strip()}")
    return wrapper


def all_sides(options):
    """In the order in which a round measures them."""
    sides = [Side("native", options, [])]
    if not options.native_only:
        ours = shlex.split(options.through) if options.through else \
            [str(ROOT / "tools" / "dvm-run"), "--no-build", "--build-dir", str(options.build_dir)]
        sides.append(Side("ours", options, ours))
    if options.peer:
        sides.append(Side("peer", options, peer_wrapper(options)))
    return sides
