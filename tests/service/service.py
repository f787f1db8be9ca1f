"""A gvm-gpud of a build directory for tests: started on a socket of its own, stopped for sure."""

import os
import platform
import shutil
import signal
import subprocess
import tempfile
import time

BUILD = os.environ["VGPU_BUILD"]
GPUD = f"{BUILD}/gvm-backend/gpud/gvm-gpud"
WORKER = f"{BUILD}/gvm-backend/worker/gvm-gpu-worker"
MANIFEST = f"{BUILD}/dvm-frontend/icd/xvgpu_icd.{platform.machine()}.json"


def wait_for(condition, seconds, what):
    """Polls, because nothing here can be waited for otherwise."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} does not happen within {seconds} s.")
        time.sleep(0.02)


class Service:
    """As a context manager: leaves no process and no file behind."""

    def __init__(self, *options, environment=None, worker=WORKER):
        self.folder = tempfile.mkdtemp(prefix="vgpu-test-")
        os.chmod(self.folder, 0o755)
        self.socket = f"{self.folder}/gpud.sock"
        self.log_path = f"{self.folder}/log"
        self.options = options
        self.worker = worker
        self.environment = environment or {}
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [GPUD, "--socket", self.socket, "--worker", self.worker, *self.options],
                stdout=log, stderr=log, env={**os.environ, **self.environment})  # fmt: skip
        wait_for(self._answers, 60, "The service's start")

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"The service ended:\n{self.log()}")
        return "Serving on" in self.log().rpartition("Stopped;")[2] and os.path.exists(self.socket)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def guest_environment(self):
        return {**os.environ, "XEN_VGPU_SOCKET": self.socket, "VK_DRIVER_FILES": MANIFEST,
                "VK_ICD_FILENAMES": MANIFEST}  # fmt: skip

    def run(self, *command, timeout=120):
        return subprocess.run(command, env=self.guest_environment(), capture_output=True, text=True,
                              timeout=timeout, check=False)  # fmt: skip

    def start_guest(self, *command):
        return subprocess.Popen(command, env=self.guest_environment(), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)  # fmt: skip

    def workers(self):
        """Process ids of this service's workers: its log names each with its context."""
        ids = set()
        for line in self.log().splitlines():
            if "; worker " in line:
                ids.add(int(line.split("; worker ")[1].split(";")[0]))
        return [pid for pid in sorted(ids) if _runs_worker(pid)]


def _runs_worker(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return False
    state = text.rpartition(")")[2].split()[0]
    return "gvm-gpu-worker" in text and state != "Z"
