"""Bodies packed with gzip, deflate or zstd are unpacked within bounds; the provider sees them plain."""

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import zstandard

from portal.embedded.leftovers import read_records
from tests.support import sandbox, wire
from tests.support.offers import offer
from tests.support.stack import Stack

MEBIBYTE = 1024 * 1024
BOMB = 256 * MEBIBYTE
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
    "identity": bytes,
}


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def streamed_zstd(data: bytes) -> bytes:
    """A frame that does not say how large its content is."""
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(data) + packer.flush()


@pytest.fixture
def model(stack: Stack) -> str:
    return offer("openai_responses")


@pytest.fixture
def plain(model: str) -> bytes:
    return json.dumps(wire.body("openai_responses", model, "Packed. " * 100_000)).encode()


def send(stack: Stack, key: str, packed: bytes, encoding: str, tag: str = "") -> httpx.Response:
    return httpx.post(
        f"{stack.base_url}/v1/responses",
        content=packed,
        headers=wire.headers("openai_responses", key, tag=tag) | {"content-encoding": encoding},
        timeout=wire.PATIENCE,
    )


def test_it_works(stack: Stack, key: str, plain: bytes) -> None:
    tag = wire.fresh_tag()
    assert send(stack, key, zstandard.compress(plain), "zstd", tag).status_code == 200
    assert sandbox.last(tag).body == plain
    assert sandbox.last(tag).header("content-encoding") is None


@pytest.mark.parametrize("encoding", PACKERS)
def test_every_packing(stack: Stack, key: str, plain: bytes, encoding: str) -> None:
    tag = wire.fresh_tag()
    assert send(stack, key, PACKERS[encoding](plain), encoding, tag).status_code == 200
    assert sandbox.last(tag).body == plain


def test_deflate_without_its_header(stack: Stack, key: str, plain: bytes) -> None:
    assert send(stack, key, raw_deflate(plain), "deflate").status_code == 200


def test_zstd_in_several_frames(stack: Stack, key: str, plain: bytes) -> None:
    packed = zstandard.compress(plain[:1000]) + zstandard.compress(plain[1000:])
    assert send(stack, key, packed, "zstd").status_code == 200


def test_zstd_of_unknown_size(stack: Stack, key: str, plain: bytes) -> None:
    assert send(stack, key, streamed_zstd(plain), "zstd").status_code == 200


def test_a_small_body(stack: Stack, key: str, model: str) -> None:
    small = json.dumps(wire.body("openai_responses", model)).encode()
    assert send(stack, key, gzip.compress(small), "gzip").status_code == 200


def test_packed_twice(stack: Stack, key: str, plain: bytes) -> None:
    twice = zstandard.compress(gzip.compress(plain))
    assert send(stack, key, twice, "gzip, zstd").status_code == 200


def test_packed_three_times_is_refused(stack: Stack, key: str, plain: bytes) -> None:
    assert send(stack, key, plain, "gzip, gzip, gzip").status_code == 415


@pytest.mark.parametrize("encoding", ["br", "compress", "rot13"])
def test_an_unknown_packing_is_refused(stack: Stack, key: str, encoding: str) -> None:
    answer = send(stack, key, b"whatever", encoding)
    assert answer.status_code == 415
    assert encoding in answer.json()["error"]["message"]
    assert "zstd" in answer.json()["error"]["hint"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_body_cut_off_is_refused(stack: Stack, key: str, plain: bytes, encoding: str) -> None:
    packed = PACKERS[encoding](plain)
    answer = send(stack, key, packed[: len(packed) // 2], encoding)
    assert answer.status_code == 400


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_body_that_is_not_packed_at_all_is_refused(stack: Stack, key: str, encoding: str) -> None:
    answer = send(stack, key, b"{} is no packed body", encoding)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_encoding"


def memory_peaks(stack: Stack) -> list[int]:
    """Most bytes that each web worker has ever occupied."""
    peaks = []
    for record in read_records(stack.data / "run" / "processes.json"):
        if record.name.startswith("web-"):
            status = Path(f"/proc/{record.pid}/status").read_text()
            peaks.append(int(status.partition("VmHWM:")[2].split()[0]) * 1024)
    return peaks


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_refused_and_takes_no_memory(stack: Stack, key: str, encoding: str) -> None:
    bomb = PACKERS[encoding](bytes(BOMB))
    before = memory_peaks(stack)
    assert send(stack, key, bomb, encoding).status_code == 413
    assert before
    for now, earlier in zip(memory_peaks(stack), before, strict=True):
        assert now - earlier < BOMB / 2


def test_a_bomb_in_a_bomb_is_refused(stack: Stack, key: str) -> None:
    inner = zstandard.compress(bytes(BOMB))
    assert send(stack, key, gzip.compress(inner), "zstd, gzip").status_code == 413
