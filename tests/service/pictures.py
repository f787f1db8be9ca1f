"""Reads PNG files of 8 bits a channel, whoever wrote them; needs nothing but Python."""

import struct
import zlib

CHANNELS = {2: 3, 6: 4}  # RGB, RGBA


def _chunks(data):
    at = 8
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + size]
        at += size + 12


def _paeth(a, b, c):
    p = a + b - c
    distances = (abs(p - a), abs(p - b), abs(p - c))
    return (a, b, c)[distances.index(min(distances))]


def _unfilter(kind, row, above, step):
    """One row without its filter (PNG specification, "Filter types for filter method 0")."""
    row = bytearray(row)
    for i, value in enumerate(row):
        left = row[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        guess = (0, left, above[i], (left + above[i]) // 2, 0)[kind] if kind != 4 else \
            _paeth(left, above[i], corner)  # fmt: skip
        row[i] = (value + guess) & 0xFF
    return row


def read_png(path):
    """(width, height, rows of RGB octets); alpha is dropped."""
    with open(path, "rb") as file:
        data = file.read()
    parts = list(_chunks(data))
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", parts[0][1])
    if depth != 8 or colours not in CHANNELS or interlaced:
        raise ValueError(f"{path} has {depth} bits a channel, colour type {colours}.")
    step = CHANNELS[colours]
    raw = zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
    rows, above = [], bytes(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        above = _unfilter(raw[start], raw[start + 1 : start + 1 + width * step], above, step)
        rgb = bytearray(width * 3)
        for channel in range(3):
            rgb[channel::3] = above[channel::step]
        rows.append(bytes(rgb))
    return width, height, rows
