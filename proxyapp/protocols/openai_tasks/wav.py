"""How long a WAV recording is (RIFF, Multimedia Programming Interface 1.0). Where players could take it for
longer than its chunks say, they are not believed.
"""

import struct

_FORMATS = {1: None, 3: None, 6: 8, 7: 8}  # PCM, floats, A-law, µ-law: and the bits of a sample, where fixed
_EXTENSIBLE = 0xFFFE
_HIGHEST_RATE = 192_000
_MOST_CHANNELS = 8
_MOST_CHUNKS = 64
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # as written by those who did not know how long it would become


def seconds_of(file: bytes) -> int | None:
    """Its length, a begun second whole; None where it is no WAV of a plain format, or cannot be believed."""
    if file[:4] != b"RIFF" or file[8:12] != b"WAVE":
        return None
    bytes_per_second: int | None = None
    position = 12
    for _ in range(_MOST_CHUNKS):
        size = int.from_bytes(file[position + 4 : position + 8], "little")
        start = position + 8
        match file[position : position + 4]:
            case b"fmt ":
                if bytes_per_second is not None:  # some go by the first of two, some by the last
                    return None
                bytes_per_second = _bytes_per_second(file[start : start + size])
                if bytes_per_second is None:
                    return None
            case b"data":
                return -(-_played(file, start, size) // bytes_per_second) if bytes_per_second else None
        position = start + size + size % 2
    return None


def _played(file: bytes, start: int, size: int) -> int:
    """Bytes of samples: all that follow, where it says no size, or more samples may come later."""
    there = len(file) - start
    if size in _UNKNOWN_SIZES or size > there or file.find(b"data", start + size) >= 0:
        return there
    return size


def _bytes_per_second(form: bytes) -> int | None:
    """As it follows from the samples, which is what is played; None for formats that are packed."""
    if len(form) < 16:
        return None
    kind, channels, rate, _, frame, bits = struct.unpack("<HHIIHH", form[:16])
    if kind == _EXTENSIBLE and len(form) >= 26:
        used, kind = int.from_bytes(form[18:20], "little"), int.from_bytes(form[24:26], "little")
        if used not in (0, bits):  # some then read samples of so many bits
            return None
    believable = (
        1 <= channels <= _MOST_CHANNELS and 1 <= rate <= _HIGHEST_RATE and bits in (8, 16, 24, 32, 64)
    )
    if kind not in _FORMATS or _FORMATS[kind] not in (None, bits) or not believable:
        return None
    return rate * frame if frame == channels * bits // 8 else None
