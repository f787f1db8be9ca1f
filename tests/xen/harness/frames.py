"""The frames that the harness and the agents in the domains exchange, over any stream of octets.

A frame is one octet that says its kind, four that say the payload's length (big-endian), and the
payload. The harness opens a connection for each request:

    harness -> agent    REQUEST (JSON), then INPUT... and an empty INPUT
    agent -> harness    OUTPUT, ERRORS as they come, and at last one ANSWER (JSON)

This file also lies in the domains, beside the agent."""

import json
import struct

REQUEST, INPUT, OUTPUT, ERRORS, ANSWER = b"RIOEA"
HEADER = struct.Struct(">BI")
CHUNK = 1 << 16  # how much of a stream goes into one frame
MAX_PAYLOAD = 1 << 20


class BrokenStream(ConnectionError):
    """The other side closed the stream within a frame, or sent something that is none."""


def pack(kind, payload=b""):
    return HEADER.pack(kind, len(payload)) + payload


def pack_json(kind, value):
    return pack(kind, json.dumps(value).encode())


def unpack_json(payload):
    return json.loads(payload)


def chunks(data):
    """The stream's data in pieces that fit into frames."""
    return (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))


def read_exactly(receive, size):
    """`size` octets from a function like socket.recv; nothing when the stream ends before the first."""
    parts, missing = [], size
    while missing:
        part = receive(missing)
        if not part:
            if missing == size:
                return b""
            raise BrokenStream(f"The stream ends {missing} octets before its frame.")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def read_frame(receive):
    """The next frame's kind and payload, or (None, b"") at the stream's end."""
    header = read_exactly(receive, HEADER.size)
    if not header:
        return None, b""
    kind, size = HEADER.unpack(header)
    if kind not in b"RIOEA" or size > MAX_PAYLOAD:
        raise BrokenStream(f"A frame of kind {kind} with {size} octets is none of ours.")
    payload = read_exactly(receive, size) if size else b""
    if len(payload) < size:
        raise BrokenStream(f"The stream ends {size} octets before its frame.")
    return kind, payload
