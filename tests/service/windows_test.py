#!/usr/bin/env python3
"""Windows as the screen shows them: what a program draws through the service and what it draws on
the machine's own driver give the same screenshot, under Xvfb and under a headless weston."""

import glob
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from pictures import read_png
from service import BUILD, Service, wait_for

WINDOW = f"{BUILD}/tests/programs/window/vgpu-window"
SCREENSHOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/screenshot")
WIDTH, HEIGHT = 400, 300  # of the screens, and of the program's window when it has grown
SECONDS = 60
SKIPPED = 77  # the program's exit status where the machine cannot run it
IMMEDIATE, MAILBOX, FIFO, FIFO_RELAXED = range(4)


class Screen:
    """A display server of the test's own, with a folder for what it writes."""

    programs = ()

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="vgpu-test-")
        self.environment = {}
        self.process = None

    def __enter__(self):
        for program in self.programs:
            if not shutil.which(program):
                raise unittest.SkipTest(f"{program} is not installed (see tools/packages.txt).")
        self.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def spawn(self, *command, environment=None, **more):
        with open(f"{self.folder}/log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder,
                                            env={**os.environ, **(environment or {})}, **more)  # fmt: skip


class XServer(Screen):
    wsi, programs = "xcb", ("Xvfb",)

    def start(self):
        reading, writing = os.pipe()
        self.spawn("Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24",
                   "-fbdir", self.folder, "-nolisten", "tcp", pass_fds=(writing,))  # fmt: skip
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as number:
            self.environment = {"DISPLAY": f":{number.readline().strip()}"}

    def screenshot(self):
        path = f"{self.folder}/shot.png"
        subprocess.run([SCREENSHOT, f"{self.folder}/Xvfb_screen0", path], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        return path


class Weston(Screen):
    wsi, programs = "wayland", ("weston", "weston-screenshooter")

    def start(self):
        with open(f"{self.folder}/weston.ini", "w", encoding="utf-8") as file:
            file.write("[core]\nidle-time=0\n[shell]\npanel-position=none\nstartup-animation=none\n")
        os.chmod(self.folder, 0o700)
        self.environment = {"XDG_RUNTIME_DIR": self.folder, "WAYLAND_DISPLAY": "screen"}
        # --debug lets a program take screenshots.
        self.spawn("weston", "--backend=headless-backend.so", "--use-pixman", "--socket=screen",
                   "--shell=desktop-shell.so", f"--width={WIDTH}", f"--height={HEIGHT}", "--debug",
                   f"--config={self.folder}/weston.ini",
                   environment={"XDG_RUNTIME_DIR": self.folder})  # fmt: skip
        wait_for(lambda: os.path.exists(f"{self.folder}/screen"), 20, "weston's start")

    def screenshot(self):
        for old in glob.glob(f"{self.folder}/wayland-screenshot-*.png"):
            os.unlink(old)
        subprocess.run(["weston-screenshooter"], check=True, cwd=self.folder, timeout=20,
                       env={**os.environ, **self.environment})  # fmt: skip
        (path,) = glob.glob(f"{self.folder}/wayland-screenshot-*.png")
        return path


def last_frame(screen, mode, environment):
    """Lets the program draw, and returns its own picture of its last frame and the screen's, which
    is taken until it is the same or time is over."""
    out = f"{screen.folder}/out"
    os.makedirs(out, exist_ok=True)
    program = subprocess.Popen(
        [WINDOW, "--wsi", screen.wsi, "--mode", str(mode), "--frames", "20", "--hold", "--out", out],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**environment, **screen.environment})  # fmt: skip
    try:
        for line in program.stdout:
            if line == "ready\n":
                break
        else:
            _, errors = program.communicate(timeout=SECONDS)
            if program.returncode == SKIPPED:
                raise unittest.SkipTest(errors)
            raise AssertionError(f"The program ends with {program.returncode}: {errors}")
        drawn, end = read_png(f"{out}/window.png"), time.monotonic() + SECONDS
        shown = read_png(screen.screenshot())
        while shown != drawn and time.monotonic() < end:
            shown = read_png(screen.screenshot())
        _, errors = program.communicate(timeout=SECONDS)
        if program.returncode != 0:
            raise AssertionError(f"The program ends with {program.returncode}: {errors}")
        return drawn, shown
    finally:
        program.kill()
        program.wait()


class Windows(unittest.TestCase):
    def compare(self, kind, modes, *service_options):
        with kind() as screen, Service(*service_options) as service:
            for mode in modes:
                with self.subTest(mode=mode):
                    drawn, natively = last_frame(screen, mode, os.environ)
                    self.assertEqual((drawn[0], drawn[1]), (WIDTH, HEIGHT))
                    _, through = last_frame(screen, mode, service.guest_environment())
                    self.assertTrue(natively == drawn, "The driver itself shows another picture.")
                    self.assertTrue(through == natively, "The screenshots differ.")

    def test_an_x_screen_shows_what_it_shows_natively_in_every_mode(self):
        self.compare(XServer, (IMMEDIATE, MAILBOX, FIFO, FIFO_RELAXED))

    def test_a_wayland_screen_shows_what_it_shows_natively_in_every_mode(self):
        self.compare(Weston, (MAILBOX, FIFO))

    def test_mirrored_memory_reaches_both_screens_too(self):
        self.compare(XServer, (FIFO,), "--memory-import", "copy")
        self.compare(Weston, (FIFO,), "--memory-import", "copy")

    def test_vkcube_runs_on_wayland(self):
        if not shutil.which("vkcube-wayland"):
            self.skipTest("vkcube-wayland is not installed (see tools/packages.txt).")
        with Weston() as screen, Service() as service:
            ran = subprocess.run(
                ["vkcube-wayland", "--c", "60", "--suppress_popups"], capture_output=True, text=True,
                env={**service.guest_environment(), **screen.environment}, timeout=SECONDS,
                check=False)  # fmt: skip
            self.assertEqual(ran.returncode, 0, ran.stderr)


if __name__ == "__main__":
    unittest.main()
