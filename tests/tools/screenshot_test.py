#!/usr/bin/env python3
"""Shows that tools/screenshot writes the pixels that are in the frame buffer."""

import os
import struct
import subprocess
import tempfile
import unittest
import zlib

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "screenshot")


def frame_buffer(width, height, pixel):
    """As Xvfb writes it on a little-endian machine; pixel(x, y) is (red, green, blue)."""
    head = [0] * 25
    head[0], head[1], head[4], head[5], head[7] = 160, 7, width, height, 0
    head[11], head[12], head[14:17], head[19] = 32, width * 4, (0xFF0000, 0xFF00, 0xFF), 2
    data = struct.pack(">25I", *head).ljust(160 + 2 * 12, b"\0")
    for y in range(height):
        for x in range(width):
            red, green, blue = pixel(x, y)
            data += bytes((blue, green, red, 0))
    return data


def png_pixels(data):
    width, height = struct.unpack_from(">II", data, 16)
    at, compressed = 8, b""
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            compressed += data[at + 8 : at + 8 + size]
        at += size + 12
    raw = zlib.decompress(compressed)
    rows = [raw[y * (1 + 3 * width) + 1 : (y + 1) * (1 + 3 * width)] for y in range(height)]
    return width, height, rows


class Screenshot(unittest.TestCase):
    def take(self, *geometry):
        with tempfile.TemporaryDirectory() as folder:
            source, target = os.path.join(folder, "screen"), os.path.join(folder, "out.png")
            with open(source, "wb") as file:
                file.write(frame_buffer(5, 4, lambda x, y: (x, 10 * y, 200)))
            ran = subprocess.run([TOOL, source, target, *geometry], capture_output=True, text=True, check=True)
            with open(target, "rb") as file:
                return int(ran.stdout), png_pixels(file.read())

    def test_every_pixel_is_where_it_was(self):
        colours, (width, height, rows) = self.take()
        self.assertEqual((colours, width, height), (20, 5, 4))
        self.assertEqual(rows[2][9:12], bytes((3, 20, 200)))

    def test_a_part_can_be_taken(self):
        colours, (width, height, rows) = self.take("2x3+1+1")
        self.assertEqual((colours, width, height), (6, 2, 3))
        self.assertEqual(rows[0][:3], bytes((1, 10, 200)))


if __name__ == "__main__":
    unittest.main()
