"""The smallest files that are what they say they are."""

import struct
import zlib


def png(shade: int = 128) -> bytes:
    """One grey pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = zlib.compress(bytes([0, shade % 256]))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixel) + _chunk(b"IEND", b"")


def wav() -> bytes:
    """A tenth of a second of silence, 8 kHz, 8 bits, one channel."""
    sound = b"\x80" * 800
    form = struct.pack("<HHIIHH", 1, 1, 8_000, 8_000, 1, 8)
    parts = (
        b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(sound)) + sound
    )
    return b"RIFF" + struct.pack("<I", len(parts)) + parts


def mp4() -> bytes:
    """A film without a picture: a file type and empty media."""
    return _box(b"ftyp", b"isom\x00\x00\x02\x00isomiso2mp41") + _box(b"mdat", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + name + data
