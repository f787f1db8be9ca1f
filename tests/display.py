"""Display servers of its own for programs with windows that a test runs."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

START_SECONDS = 20


@contextlib.contextmanager
def display():
    """Starts an Xvfb that outlives its clients; gives its name, for DISPLAY."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1024x768x24", "-nolisten", "tcp",
         "-noreset"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def compositor():
    """Starts a headless weston, where it is installed; gives the variables that lead to it, or none."""
    if not shutil.which("weston"):
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="vgpu-weston-") as folder:
        variables = {"XDG_RUNTIME_DIR": folder}
        server = subprocess.Popen(
            ["weston", "--backend=headless-backend.so", "--use-pixman", "--socket=wayland",
             "--shell=desktop-shell.so", "--no-config"],
            env={**os.environ, **variables}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            limit = time.monotonic() + START_SECONDS
            while not os.path.exists(f"{folder}/wayland") and server.poll() is None and time.monotonic() < limit:
                time.sleep(0.01)
            yield {**variables, "WAYLAND_DISPLAY": "wayland"} if os.path.exists(f"{folder}/wayland") else {}
        finally:
            server.terminate()
            server.wait()
