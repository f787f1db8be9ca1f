"""What came of a command in a domain, or on the host."""

import dataclasses


class CommandFailed(AssertionError):
    """A command that had to succeed did not; the text shows the end of what it said."""


@dataclasses.dataclass
class Result:
    domain: str
    command: str
    output: bytes
    errors: bytes
    status: int | None  # below 0: minus the signal that ended it; None: it never answered
    timed_out: bool

    @property
    def stdout(self):
        return self.output.decode(errors="replace")

    @property
    def stderr(self):
        return self.errors.decode(errors="replace")

    @property
    def lines(self):
        return self.stdout.splitlines()

    def checked(self):
        if self.status == 0 and not self.timed_out:
            return self
        ending = "runs into its time-out" if self.timed_out else f"ends with status {self.status}"
        said = "".join(f"\n--- {name}\n{text[-2000:].rstrip()}"
                       for name, text in (("stdout", self.stdout), ("stderr", self.stderr)) if text)  # fmt: skip
        raise CommandFailed(f"In {self.domain}, `{self.command}` {ending}.{said}")
