"""Runs commands in this domain for the harness: as which user, for how long, in the background or
not. Speaks the frames of frames.py over TCP; one connection is one request.

It does what anybody who reaches it asks, as root: it is for machines of the tests alone."""

import contextlib
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import threading
import time

import frames

PORT = 7000
GRACE_SECONDS = 10  # between SIGTERM and SIGKILL
LOGS = "/run/lab"

jobs = {}  # name -> Popen of what runs in the background
lasting = set()  # names of jobs that outlive a scenario
jobs_lock = threading.Lock()


def popen(request, **streams):
    """Starts the request's shell command in a session of its own. bash becomes a command that stands
    alone, so that its exit status and signals are the command's own."""
    user = pwd.getpwnam(request.get("user") or "root")
    environment = {**os.environ, "HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name,
                   **request.get("env", {})}  # fmt: skip
    identity = {}
    if user.pw_uid != os.getuid():
        identity = {"user": user.pw_uid, "group": user.pw_gid,
                    "extra_groups": os.getgrouplist(user.pw_name, user.pw_gid)}  # fmt: skip
    return subprocess.Popen(["/bin/bash", "-c", request["command"]], env=environment, start_new_session=True,
                            cwd=request.get("cwd") or user.pw_dir, **identity, **streams)  # fmt: skip


def signal_group(process, number):
    """To the command and all its children, also those that outlive it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def group_lives(process):
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def end(process):
    """Ends the command and all its children: by SIGTERM, and what is left a while later by force."""
    signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and (process.poll() is None or group_lives(process)):
        time.sleep(0.05)
    signal_group(process, signal.SIGKILL)
    process.wait()


def give(pipe, data):
    """Writes to a command that may not want its input."""
    with contextlib.suppress(BrokenPipeError):
        pipe.write(data)
        pipe.flush()


class Connection:
    """One request, on a thread of its own."""

    def __init__(self, stream):
        self.stream = stream
        self.lock = threading.Lock()  # two threads send: of OUTPUT and of ERRORS

    def serve(self):
        try:
            kind, payload = frames.read_frame(self.stream.recv)
            if kind == frames.REQUEST:
                request = json.loads(payload)
                self.answer(self.handle(request))
        except (OSError, ValueError, KeyError) as error:
            self.try_answer({"error": f"{type(error).__name__}: {error}"})
        finally:
            self.stream.close()

    def send(self, frame):
        with self.lock:
            self.stream.sendall(frame)

    def answer(self, value):
        self.send(frames.pack_json(frames.ANSWER, value))

    def try_answer(self, value):
        with contextlib.suppress(OSError):
            self.answer(value)

    def handle(self, request):
        return getattr(self, "do_" + request["do"])(request)

    def do_ping(self, _):
        return {}

    def do_run(self, request):
        pipe = subprocess.PIPE
        process = popen(request, stdin=pipe, stdout=pipe, stderr=pipe)
        threads = [threading.Thread(target=self.forward, args=way, daemon=True)
                   for way in ((process.stdout, frames.OUTPUT), (process.stderr, frames.ERRORS))]  # fmt: skip
        for thread in threads:
            thread.start()
        threading.Thread(target=self.feed, args=(process,), daemon=True).start()
        try:
            process.wait(request["timeout"])
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
        if timed_out:
            end(process)
        for thread in threads:  # something in the background may hold the pipes open
            thread.join(3)
        return {"status": process.returncode, "timed_out": timed_out}

    def forward(self, pipe, kind):
        try:
            with pipe:
                while data := pipe.read1(frames.CHUNK):
                    self.send(frames.pack(kind, data))
        except OSError:
            pass  # the harness is gone; feed() sees it too, and ends the command

    def feed(self, process):
        """Gives the command its input, and ends it when the harness hangs up."""
        try:
            while data := self.next_input():
                give(process.stdin, data)
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            self.stream.recv(1)  # nothing more comes, but for the end
        except OSError:
            pass
        if process.poll() is None:
            signal_group(process, signal.SIGKILL)

    def next_input(self):
        kind, data = frames.read_frame(self.stream.recv)
        if kind != frames.INPUT:
            raise ConnectionError("The harness has hung up.")
        return data

    def do_start(self, request):
        name = request["name"]
        with jobs_lock:
            if name in jobs and jobs[name].poll() is None:
                return {"error": f"There is a job {name} already."}
            with open(self.new_log(name), "wb") as log:
                jobs[name] = popen(request, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            (lasting.add if request.get("lasting") else lasting.discard)(name)
            return {"pid": jobs[name].pid}

    @staticmethod
    def new_log(name):
        """The path of the job's log; those of earlier jobs of this name become NAME.1.log and so on."""
        path, earlier = f"{LOGS}/{name}.log", 1
        while os.path.exists(f"{LOGS}/{name}.{earlier}.log"):
            earlier += 1
        if os.path.exists(path):
            os.rename(path, f"{LOGS}/{name}.{earlier}.log")
        return path

    def do_wait(self, request):
        """The job's exit status; null when it still runs after the timeout."""
        try:
            return {"status": jobs[request["name"]].wait(request["timeout"])}
        except subprocess.TimeoutExpired:
            return {"status": None}

    def do_signal(self, request):
        signal_group(jobs[request["name"]], request["signal"])
        return {}

    def do_stop(self, request):
        """Ends the named jobs, or all: the lasting ones only where the request says so."""
        names = request.get("names") or [name for name in list(jobs)
                                         if request.get("lasting") or name not in lasting]  # fmt: skip
        for name in names:
            if jobs[name].poll() is None:
                end(jobs[name])
        return {"statuses": {name: jobs[name].returncode for name in names}}

    def do_log(self, request):
        """What a job has written so far."""
        with open(f"{LOGS}/{request['name']}.log", "rb") as log:
            while data := log.read(frames.CHUNK):
                self.send(frames.pack(frames.OUTPUT, data))
        return {}

    def do_jobs(self, _):
        return {"jobs": {name: job.poll() for name, job in list(jobs.items())}}


def serve(server):
    while True:
        try:
            stream, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=Connection(stream).serve, daemon=True).start()


def main():
    os.makedirs(LOGS, exist_ok=True)
    with open("/proc/uptime", encoding="ascii") as uptime, socket.create_server(("", PORT)) as server:
        print(f"lab: {socket.gethostname()} is up after {uptime.read().split()[0]} s", flush=True)
        serve(server)


if __name__ == "__main__":
    sys.exit(main())
