"""Runs commands in this domain for the harness: as which user, for how long, in the background or
not. Speaks the frames of frames.py over TCP; one connection is one request.

It does what anybody who reaches it asks, as root: it is for machines of the tests alone."""

import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import threading

import frames

PORT = 7000
GRACE_SECONDS = 3  # between SIGTERM and SIGKILL
LOGS = "/run/lab"

jobs = {}  # name -> Popen of what runs in the background
lasting = set()  # names of jobs that outlive a scenario
jobs_lock = threading.Lock()


def popen(request, **streams):
    """Starts the request's shell command in a session of its own."""
    user = pwd.getpwnam(request.get("user") or "root")
    environment = {**os.environ, "HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name,
                   **request.get("env", {})}  # fmt: skip
    identity = {}
    if user.pw_uid:
        identity = {"user": user.pw_uid, "group": user.pw_gid,
                    "extra_groups": os.getgrouplist(user.pw_name, user.pw_gid)}  # fmt: skip
    return subprocess.Popen(["/bin/sh", "-c", request["command"]], env=environment, start_new_session=True,
                            cwd=request.get("cwd") or user.pw_dir, **identity, **streams)  # fmt: skip


def signal_group(process, number):
    """To the command and all its children, also those that outlive it."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def end(process):
    signal_group(process, signal.SIGTERM)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    signal_group(process, signal.SIGKILL)
    process.wait()


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
        try:
            self.answer(value)
        except OSError:
            pass

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
            thread.join(GRACE_SECONDS)
        return {"status": process.returncode, "timed_out": timed_out}

    def forward(self, pipe, kind):
        try:
            while data := pipe.read1(frames.CHUNK):
                self.send(frames.pack(kind, data))
        except OSError:
            pass  # the harness is gone; feed() sees it too, and ends the command

    def feed(self, process):
        """Gives the command its input, and ends it when the harness hangs up."""
        try:
            with process.stdin as pipe:
                while True:
                    kind, data = frames.read_frame(self.stream.recv)
                    if kind != frames.INPUT:
                        raise ConnectionError("The harness has hung up.")
                    if not data:
                        break
                    try:
                        pipe.write(data)
                    except BrokenPipeError:
                        pass  # the command does not want it
        except (BrokenPipeError, ValueError):
            pass
        except OSError:
            signal_group(process, signal.SIGKILL)
            return
        try:
            if not self.stream.recv(1):
                signal_group(process, signal.SIGKILL)
        except OSError:
            pass

    def do_start(self, request):
        name = request["name"]
        with jobs_lock:
            if name in jobs and jobs[name].poll() is None:
                return {"error": f"There is a job {name} already."}
            with open(f"{LOGS}/{name}.log", "wb") as log:
                jobs[name] = popen(request, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            (lasting.add if request.get("lasting") else lasting.discard)(name)
            return {"pid": jobs[name].pid}

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

    def do_jobs(self, _):
        return {"jobs": {name: job.poll() for name, job in list(jobs.items())}}


def main():
    os.makedirs(LOGS, exist_ok=True)
    with socket.create_server(("", PORT)) as server, open("/proc/uptime", encoding="ascii") as uptime:
        print(f"lab: {socket.gethostname()} is up after {uptime.read().split()[0]} s", flush=True)
        while True:
            stream, _ = server.accept()
            threading.Thread(target=Connection(stream).serve, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
