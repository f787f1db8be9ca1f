"""Runs cases on one side, and goes on after those that crash, hang or lose the device."""

import os
import signal
import subprocess
import tempfile
import time

from .qpa import Reader, Result

LOOK_SECONDS = 0.05
# What the start of a process may take at least, before its first case.
START_SECONDS = 60
# A process that ends without having begun a case is started again so often.
BARREN_STARTS = 3


class Side:
    """How to run the binary: natively, or through the service. `environment` is the process's."""

    def __init__(self, name, prefix, binary, environment, timeout, options=()):
        self.name = name
        self.prefix = list(prefix)
        self.binary = binary
        self.environment = environment
        self.timeout = timeout
        self.options = list(options)

    def run(self, cases):
        """{case: Result} for every one of the cases."""
        results, left, barren = {}, list(cases), 0
        while left:
            ended, why = self.run_once(left)
            results.update(ended)
            left = [case for case in left if case not in results]
            barren = 0 if ended else barren + 1
            if barren == BARREN_STARTS:
                results.update((case, Result("Missing", why)) for case in left)
                break
        return results

    def run_once(self, cases):
        """({case: Result} of one process, why it ended). It ends early with a case that crashes,
        hangs or loses the device."""
        with tempfile.TemporaryDirectory(prefix="vgpu-cts-") as folder:
            errors = os.path.join(folder, "errors")
            with open(errors, "wb") as stderr:
                process = subprocess.Popen(
                    self.command(cases, folder), cwd=folder, env=self.environment, start_new_session=True,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)  # fmt: skip
            try:
                results, why = self.follow(process, Reader(os.path.join(folder, "log.qpa")))
            finally:
                end(process)
            with open(errors, encoding="utf-8", errors="replace") as stderr:
                said = stderr.read().strip()[-300:]
            return results, f"{why} {said}".strip()

    def command(self, cases, folder):
        names = os.path.join(folder, "cases")
        with open(names, "w", encoding="utf-8") as file:
            file.write("\n".join(cases) + "\n")
        return [*self.prefix, str(self.binary), f"--deqp-caselist-file={names}",
                f"--deqp-archive-dir={self.binary.parent}", f"--deqp-log-filename={folder}/log.qpa",
                "--deqp-log-images=disable", "--deqp-log-shader-sources=disable",
                f"--deqp-shadercache-filename={folder}/shaders", *self.options]  # fmt: skip

    def follow(self, process, reader):
        results, began = {}, time.monotonic()
        while True:
            over = process.poll() is not None  # before the look: what it wrote last is then there
            now, before = time.monotonic(), reader.running
            for case, result in reader.read():
                result.seconds = now - began
                results[case], began = result, now
                if result.lost_the_device:
                    return results, "The device is lost."
            if reader.running != before:
                began = now
            if over:
                return self.at_end(process, reader, results)
            limit = self.timeout if results or reader.running else max(self.timeout, START_SECONDS)
            if now - began > limit:
                why = f"No end in {limit:g} s."
                if reader.running:
                    results[reader.running] = Result("Timeout", why, now - began)
                return results, why
            time.sleep(LOOK_SECONDS)

    @staticmethod
    def at_end(process, reader, results):
        why = f"Exit status {process.returncode}."
        if reader.running:
            results[reader.running] = Result("Crash", why)
        return results, why


def end(process):
    """The process and those that it started. dvm-run's service ends with dvm-run."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
