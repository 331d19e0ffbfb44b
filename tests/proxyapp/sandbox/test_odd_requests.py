"""Whatever a request says, it is answered, and in no time: one that is not would hold up all others."""

import struct
from typing import Any

import msgspec
import pytest

from proxyapp.sandbox.archive import Archive, Kept
from proxyapp.sandbox.exchange import Rehearsal, Request, reply_to
from proxyapp.sandbox.media import exchange as media
from proxyapp.sandbox.media.studio import Studio
from proxyapp.sandbox.reply import Reply
from proxyapp.sandbox.schema import example
from proxyapp.sandbox.tasks.sound import seconds

HEADERS = {"authorization": "Bearer key", "content-type": "application/json"}
HUGE = 10**12


def asked(path: str, body: dict[str, Any], **headers: str) -> Reply:
    request = Request("POST", path, "", HEADERS | headers, msgspec.json.encode({"model": "m", **body}))
    return reply_to(request, Rehearsal())


def test_it_works() -> None:
    assert asked("/v1/embeddings", {"input": "a", "dimensions": 4}).status == 200


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("embeddings", {"input": "a", "dimensions": HUGE}, "dimensions"),
        ("embeddings", {"input": "a", "dimensions": -1}, "dimensions"),
        ("completions", {"prompt": "a", "n": HUGE}, "n"),
        ("images/generations", {"prompt": "a", "stream": True, "partial_images": HUGE}, "partial_images"),
    ],
)
def test_numbers_out_of_all_bounds_are_refused(path: str, body: dict[str, Any], param: str) -> None:
    reply = asked(f"/v1/{path}", body)
    assert reply.status == 400
    assert msgspec.json.decode(reply.chunks[0])["error"]["param"] == param


def test_a_number_in_a_form_that_is_none_is_refused() -> None:
    form = b'--x\r\ncontent-disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    fields = {b"model": b"m", b"image": b"\x89PNG", b"n": b"many"}
    body = b"".join(form % field for field in fields.items()) + b"--x--\r\n"
    headers = HEADERS | {"content-type": "multipart/form-data; boundary=x"}
    request = Request("POST", "/v1/images/variations", "", headers, body)
    assert reply_to(request, Rehearsal()).status == 400


@pytest.mark.parametrize("path", ["async/m", "m", "video"])
@pytest.mark.parametrize("number", [HUGE, 10**20, 0, -1])
def test_media_is_made_as_far_as_it_can_be(path: str, number: int) -> None:
    body = msgspec.json.encode({"n": number}) if number < 2**63 else b'{"n": %d}' % number
    reply = media.reply_to("POST", f"/v3/{path}", "", HEADERS, body, Studio())
    assert reply.status == 200


@pytest.mark.parametrize("field", ["anyOf", "enum", "required", "properties"])
@pytest.mark.parametrize("value", [7, True, "x", {"a": 1}, [[]]])
def test_a_schema_that_is_none(field: str, value: object) -> None:
    msgspec.json.encode(example({"type": "object", field: value}))


def test_a_name_that_is_required_many_times_on_many_levels() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(8):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"] * 100}
    made = example(schema)
    for _ in range(8):
        made = made["a"]
    assert made == "sandbox"


def test_a_recording_without_a_rate() -> None:
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 0, 0, 1, 8)
    assert seconds(b"RIFF\0\0\0\0WAVE" + head + struct.pack("<4sI", b"data", 8) + b"\x80" * 8) == 0


def test_large_responses_are_kept_only_as_far_as_there_is_room() -> None:
    archive, large = Archive(), Kept(b"x" * 20_000_000, b"[]", 1)
    for number in range(4):
        archive.keep("key", str(number), large)
    archive.delete("key", "3")
    archive.keep("key", "4", large)
    assert [number for number in range(5) if archive.find("key", str(number))] == [1, 2, 4]
