"""Writes the stacks of bench large-stacks:  large-stacks.py KIND FILE PAGES EDGE
KIND mrc or tiff: PAGES images of EDGE^2 float32, slowly varying; tiny: PAGES pages of 2 x 2 bytes."""
import struct
import sys

import numpy as np

kind, path, pages, edge = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
y, x = np.mgrid[:edge, :edge].astype(np.float32)
base = 100 + 50 * np.exp(-((x - edge / 2) ** 2 + (y - edge / 2) ** 2) / (edge * 20))


def image(i):
    return base + np.float32(i % 7)


def write_mrc(f):
    h = bytearray(1024)
    struct.pack_into("<4i", h, 0, edge, edge, pages, 2)
    struct.pack_into("<3i", h, 28, edge, edge, pages)
    struct.pack_into("<6f", h, 40, edge, edge, pages, 90, 90, 90)
    struct.pack_into("<3i", h, 64, 1, 2, 3)
    h[208:212], h[212:216] = b"MAP ", b"\x44\x44\0\0"
    f.write(h)
    for i in range(pages):
        f.write(image(i).tobytes())


def write_tiff(f, dtype=np.float32):
    """BigTIFF, one strip a page, the directory behind its pixels, as streaming programs write it."""
    width = np.dtype(dtype).itemsize
    n = edge * edge * width
    f.write(b"II" + struct.pack("<HHHQ", 43, 8, 0, 16 + n + n % 2))
    at = 16
    for i in range(pages):
        page = (image(i) if width == 4 else np.full((edge, edge), i % 251)).astype(dtype)
        f.write(page.tobytes() + b"\0" * (n % 2))
        tags = [(256, 4, edge), (257, 4, edge), (258, 3, 8 * width), (259, 3, 1), (262, 3, 1),
                (273, 16, at), (277, 3, 1), (278, 4, edge), (279, 16, n),
                (339, 3, 3 if width == 4 else 1)]
        size = 8 + 20 * len(tags) + 8
        at += n + n % 2 + size
        follows = at + n + n % 2 if i + 1 < pages else 0
        f.write(struct.pack("<Q", len(tags)) + b"".join(
            struct.pack("<HHQQ", tag, kind, 1, value) for tag, kind, value in tags)
            + struct.pack("<Q", follows))


with open(path, "wb", buffering=1 << 22) as out:
    if kind == "mrc":
        write_mrc(out)
    elif kind == "tiff":
        write_tiff(out)
    else:
        write_tiff(out, np.uint8)
