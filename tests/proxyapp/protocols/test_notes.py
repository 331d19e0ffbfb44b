"""What was done to a call and what of it was lost is said in a header, and nothing else is."""

import json

import pytest

from proxyapp.protocols.bridge import Bridge, printable
from tests.wire.transcripts import CODECS, TRANSCRIPTS

PLAIN = [transcript for transcript in TRANSCRIPTS if transcript.name.endswith("/plain")]


def note_on(protocol: str, name: str) -> bytes:
    """The note on a call that has a member of this name, which nobody knows."""
    transcript = next(transcript for transcript in PLAIN if transcript.codec.name == protocol)
    asked = transcript.expected.get("asked", {})
    body = json.dumps(json.loads(transcript.request) | {name: 1}).encode()
    call = transcript.codec.read(body, asked.get("model"), asked.get("verb"), asked.get("query", ""))
    there = next(name for name in CODECS if name != protocol)
    return printable(Bridge(transcript.codec, call, "0" * 32, []).way(there, "m", None, 9).converted)


def test_it_works() -> None:
    assert note_on("gemini", "another").startswith(b"gemini -> anthropic; lost: another")


@pytest.mark.parametrize("protocol", CODECS)
def test_a_name_cannot_begin_another_header(protocol: str) -> None:
    assert note_on(protocol, "a\r\nset-cookie: b\x00\u00e9\x7f").decode("ascii").isprintable()
