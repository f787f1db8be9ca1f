"""A domain as scenarios see it: commands in the foreground and the background, and files."""

import socket
import time

from . import frames, host, result

ANSWER_SECONDS = 30  # what the agent may take beyond a command's own time
LOG_FOLDER = "/run/lab"


class Agent:
    """The way to one domain's agent: a connection for each request."""

    def __init__(self, name, port):
        self.name = name
        self.port = port

    def ask(self, request, timeout, stdin=b""):
        """The agent's answer, and the command's two streams."""
        streams = {frames.OUTPUT: [], frames.ERRORS: []}
        deadline = time.monotonic() + timeout
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(frames.pack_json(frames.REQUEST, request))
            if request["do"] == "run":
                for piece in frames.chunks(stdin):
                    connection.sendall(frames.pack(frames.INPUT, piece))
                connection.sendall(frames.pack(frames.INPUT))
            while True:
                connection.settimeout(max(0.1, deadline - time.monotonic()))
                kind, payload = frames.read_frame(connection.recv)
                if kind is None:
                    raise ConnectionError(f"The agent of {self.name} hangs up.")
                if kind == frames.ANSWER:
                    return frames.unpack_json(payload), *(b"".join(parts) for parts in streams.values())
                streams[kind].append(payload)

    def answer(self, **request):
        """The answer to a request that is no command; an error of the agent is raised."""
        answer = self.ask(request, request.get("timeout", 0) + ANSWER_SECONDS)[0]
        if "error" in answer:
            raise host.LabError(f"{self.name}: {answer['error']}")
        return answer

    def answers(self, timeout=20):
        """Whether the domain is there and its agent listens; a busy one takes its time."""
        try:
            self.ask({"do": "ping"}, timeout)
            return True
        except OSError:
            return False


class Domain:
    """dom0 or a guest, by its agent. `user` is root or alice, who has no rights."""

    def __init__(self, name, port):
        self.name = name
        self.agent = Agent(name, port)

    def run(self, command, user="root", timeout=60, env=None, stdin=b"", cwd=None, check=True):
        """Runs a shell command to its end and returns its Result; raises CommandFailed when it does
        not succeed, unless `check` is false."""
        request = {"do": "run", "command": command, "user": user, "timeout": timeout, "env": env or {},
                   "cwd": cwd}  # fmt: skip
        try:
            answer, output, errors = self.agent.ask(request, timeout + ANSWER_SECONDS, stdin)
        except TimeoutError as late:
            raise host.LabError(f"{self.name} does not answer within {timeout + ANSWER_SECONDS} s: "
                                f"{command}") from late  # fmt: skip
        if "error" in answer:
            raise host.LabError(f"{self.name}: {answer['error']}")
        outcome = result.Result(self.name, command, output, errors, answer["status"], answer["timed_out"])
        return outcome.checked() if check else outcome

    def start(self, command, name, user="root", env=None, cwd=None, lasting=False):
        """Starts a shell command in the background, whose output goes to log(name). It ends with the
        scenario unless it is `lasting`: then later scenarios find it by job(name)."""
        self.agent.answer(do="start", command=command, name=name, user=user, env=env or {}, cwd=cwd,
                          lasting=lasting)  # fmt: skip
        return Job(self, name)

    def job(self, name):
        """What runs under this name in the background, or None."""
        jobs = self.agent.answer(do="jobs")["jobs"]
        return Job(self, name) if name in jobs and jobs[name] is None else None

    def log(self, name):
        """What the background command of this name has said so far, also after its end."""
        answer, output, _ = self.agent.ask({"do": "log", "name": name}, ANSWER_SECONDS)
        if "error" in answer:
            raise host.LabError(f"{self.name}: {answer['error']}")
        return output.decode(errors="replace")

    def stop_jobs(self, lasting=False):
        """Ends what runs in the background."""
        self.agent.answer(do="stop", lasting=lasting)

    def get(self, path):
        """A file's content."""
        return self.run(f"cat '{path}'", timeout=120).output

    def fetch(self, path, target):
        """Copies a file from the domain to this machine."""
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self.get(path))
        return target

    def put(self, path, content, mode=0o644):
        """Writes a file, with its folders."""
        folder = path.rpartition("/")[0] or "/"
        self.run(f"mkdir -p '{folder}' && cat >'{path}' && chmod {mode:o} '{path}'", stdin=content)

    def __repr__(self):
        return f"Domain({self.name})"


class Job:
    """A command in the background of a domain."""

    def __init__(self, domain, name):
        self.domain = domain
        self.name = name

    def wait(self, timeout=60):
        """The exit status; raises LabError when it does not end."""
        status = self._wait(timeout)
        if status is None:
            raise host.LabError(f"{self.name} in {self.domain.name} does not end within {timeout:g} s.")
        return status

    def _wait(self, timeout):
        return self.domain.agent.answer(do="wait", name=self.name, timeout=timeout)["status"]

    @property
    def alive(self):
        return self._wait(0) is None

    def signal(self, number):
        """Sends a signal to the command and its children."""
        self.domain.agent.answer(do="signal", name=self.name, signal=int(number))

    def stop(self):
        """SIGTERM, and SIGKILL 10 s later; returns the exit status."""
        return self.domain.agent.answer(do="stop", names=[self.name])["statuses"][self.name]

    def log(self):
        return self.domain.log(self.name)

    def wait_for(self, text, timeout=60):
        """Waits until the log has this text, and returns the log."""

        def look():
            log = self.log()
            if text not in log and not self.alive:
                raise host.LabError(f"{self.name} in {self.domain.name} has ended, without saying "
                                    f"{text!r}:\n{log[-2000:]}")  # fmt: skip
            return log if text in log else None

        return host.until(look, timeout, f"{text!r} in the log of {self.name} in {self.domain.name}", 1)
