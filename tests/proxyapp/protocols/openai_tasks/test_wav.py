"""The length of a recording by its header, where that can be believed."""

import struct

import pytest

from proxyapp.protocols.openai_tasks.wav import seconds_of


def chunk(name: bytes, data: bytes, size: int | None = None) -> bytes:
    said = len(data) if size is None else size
    return name + struct.pack("<I", said) + data + b"\0" * (len(data) % 2)


def form(
    kind: int = 1, channels: int = 1, rate: int = 8000, bits: int = 8, frame: int | None = None
) -> bytes:
    frame = channels * bits // 8 if frame is None else frame
    return struct.pack("<HHIIHH", kind, channels, rate, 123, frame, bits)


def wav(*chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WAVE" + b"".join(chunks)


def test_it_works() -> None:
    assert seconds_of(wav(chunk(b"fmt ", form()), chunk(b"data", bytes(8000)))) == 1
    assert seconds_of(wav(chunk(b"fmt ", form()), chunk(b"data", bytes(8001)))) == 2


def test_stereo_in_sixteen_bits_and_other_chunks() -> None:
    sound = chunk(b"fmt ", form(channels=2, rate=44_100, bits=16))
    file = wav(chunk(b"LIST", b"odd"), sound, chunk(b"data", bytes(44_100 * 4 * 3)), chunk(b"LIST", b"x"))
    assert seconds_of(file) == 3


def test_the_extensible_form() -> None:
    told = form(kind=0xFFFE, bits=16, rate=1000) + struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    assert seconds_of(wav(chunk(b"fmt ", told), chunk(b"data", bytes(4000)))) == 2


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 1_000_000])
def test_a_length_that_was_not_known_or_is_not_there_is_what_is_there(size: int) -> None:
    assert seconds_of(wav(chunk(b"fmt ", form()), chunk(b"data", bytes(16_000), size))) == 2


def test_samples_in_a_second_chunk_count() -> None:
    """Players go on with it."""
    more = [chunk(b"LIST", b"odd"), chunk(b"data", bytes(80_000))]
    assert seconds_of(wav(chunk(b"fmt ", form()), chunk(b"data", bytes(8000)), *more)) == 12


def test_two_forms_are_not_believed() -> None:
    forms = [chunk(b"fmt ", form()), chunk(b"fmt ", form(channels=8, rate=192_000, bits=64))]
    assert seconds_of(wav(*forms, chunk(b"data", bytes(8000)))) is None


def test_samples_of_fewer_bits_than_they_take_are_not_believed() -> None:
    told = form(kind=0xFFFE, bits=64) + struct.pack("<HHIH", 22, 8, 4, 1) + bytes(14)
    assert seconds_of(wav(chunk(b"fmt ", told), chunk(b"data", bytes(8000)))) is None


def test_a_file_of_nothing_but_chunks_is_not_searched_to_its_end() -> None:
    sound = chunk(b"fmt ", form()), chunk(b"data", bytes(8000))
    assert seconds_of(wav(*[chunk(b"junk", b"")] * 30, *sound)) == 1
    assert seconds_of(wav(*[chunk(b"junk", b"")] * 3_000, *sound)) is None


@pytest.mark.parametrize(
    "told",
    [
        form(kind=2),  # ADPCM
        form(kind=85),  # MP3
        form(kind=6, bits=16),
        form(channels=0),
        form(channels=200),
        form(rate=0),
        form(rate=4_000_000_000),
        form(bits=12),
        form(frame=60_000),
        b"short",
    ],
)
def test_what_cannot_be_believed_is_not(told: bytes) -> None:
    assert seconds_of(wav(chunk(b"fmt ", told), chunk(b"data", bytes(8000)))) is None


@pytest.mark.parametrize(
    "file", [b"", b"RIFF", b"ID3" + bytes(100), wav(), wav(chunk(b"data", b"1")), wav(chunk(b"fmt ", form()))]
)
def test_other_files_have_no_known_length(file: bytes) -> None:
    assert seconds_of(file) is None
