"""QEMU's monitor (QMP): pictures of the display, and an end in good order."""

import json
import os
import socket


class Monitor:
    """A connection for each command, so that a machine left up can be taken over."""

    def __init__(self, folder, name):
        self.folder = folder
        self.name = name

    def command(self, name, **arguments):
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(20)
            self._connect(stream)
            with stream.makefile("rw", encoding="utf-8") as lines:
                json.loads(lines.readline())  # the greeting
                self._ask(lines, "qmp_capabilities", {})
                return self._ask(lines, name, arguments)

    def _connect(self, stream):
        folder = os.open(self.folder, os.O_PATH)  # its whole path may be too long for a socket's
        try:
            stream.connect(f"/proc/self/fd/{folder}/{self.name}")
        finally:
            os.close(folder)

    @staticmethod
    def _ask(lines, name, arguments):
        lines.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        lines.flush()
        while line := lines.readline():
            answer = json.loads(line)
            if "error" in answer:
                raise OSError(f"QEMU's {name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise ConnectionError(f"QEMU hangs up on {name}.")
