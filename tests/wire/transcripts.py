"""Genuine-shape transcripts: a request, the provider's answer, and what is to be read out of it.

A folder holds `request.json`; one of `answer.json` (a document), `stream.sse` and `stream.json` (Gemini's
array); `passed.sse` where the client gets something else than what came; and `usage.json`: what the reading
must say at the end, and under `asked` what the path and query said.
"""

from pathlib import Path
from typing import Any

import msgspec

from proxyapp.protocols.anthropic import CODEC as ANTHROPIC
from proxyapp.protocols.base import Call, Codec, Reading
from proxyapp.protocols.gemini import CODEC as GEMINI
from proxyapp.protocols.openai_chat import CODEC as OPENAI_CHAT
from proxyapp.protocols.openai_responses import CODEC as OPENAI_RESPONSES
from proxyapp.usage import TokenUsage

HERE = Path(__file__).parent
CODECS: dict[str, Codec] = {codec.name: codec for codec in (ANTHROPIC, OPENAI_CHAT, OPENAI_RESPONSES, GEMINI)}


class Transcript:
    """One case."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{folder.parent.name}/{folder.name}"
        self.codec = CODECS[folder.parent.name]
        self.request = (folder / "request.json").read_bytes()
        self.answer_path = next(path for name in ANSWERS if (path := folder / name).exists())
        self.answer = self.answer_path.read_bytes()
        passed = folder / "passed.sse"
        self.passed = passed.read_bytes() if passed.exists() else self.answer
        self.expected: dict[str, Any] = msgspec.json.decode((folder / "usage.json").read_bytes())

    @property
    def is_sse(self) -> bool:
        """Whether the answer is a stream of events."""
        return self.answer_path.suffix == ".sse"

    def call(self) -> Call:
        """The request, as the codec reads it."""
        asked = self.expected.get("asked", {})
        return self.codec.read(self.request, asked.get("model"), asked.get("verb"), asked.get("query", ""))

    def watch(self, pieces: list[bytes]) -> tuple[Reading, bytes]:
        """Pass the pieces through a new reading; the reading at the end, and what it passed on."""
        reading = self.codec.watch(self.call())
        passed = b"".join([reading.feed(piece) for piece in pieces])
        return reading, passed + reading.end()


ANSWERS = ("answer.json", "stream.sse", "stream.json")
TRANSCRIPTS = [
    Transcript(path.parent) for name in CODECS for path in sorted((HERE / name).glob("*/usage.json"))
]


def said(reading: Reading) -> dict[str, Any]:
    """What a reading says, in the form of `usage.json`."""
    names = ("output_bytes", "started", "finished", "failure", "usage")
    return {name: getattr(reading, name) for name in names}


def wanted(transcript: Transcript) -> dict[str, Any]:
    """What it must say."""
    expected = {name: value for name, value in transcript.expected.items() if name != "asked"}
    usage = expected["usage"]
    return {**expected, "usage": TokenUsage(**usage) if usage is not None else None}


def cut(data: bytes, size: int) -> list[bytes]:
    """The data in pieces of one size."""
    return [data[start : start + size] for start in range(0, len(data), size)]
