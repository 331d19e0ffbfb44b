"""Texts spoken as silence, and recordings written down as their length."""

import struct
from base64 import b64encode
from typing import Any

import msgspec

from proxyapp.sandbox.chunks import encode, event, pieces
from proxyapp.sandbox.refusal import absent, decode, invalid
from proxyapp.sandbox.script import parse
from proxyapp.sandbox.tally import Counts, tokens
from proxyapp.sandbox.tasks import forms
from proxyapp.sandbox.tasks.job import JSON, Job

RATE = 8_000
SAMPLES_PER_CHARACTER = 400
"""A twentieth of a second, in eight bits."""

BYTES_PER_SECOND = 16_000
"""Of what is no WAV."""

TOKENS_PER_SECOND = 10
_PLAIN = {
    "text": "{text}\n",
    "srt": "1\n00:00:00,000 --> 00:00:01,000\n{text}\n\n",
    "vtt": "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n{text}\n\n",
}


class Speech(msgspec.Struct):
    model: str
    input: str
    voice: Any
    stream_format: str = "audio"


def speech(body: bytes, content_type: str, model: str) -> Job:
    asked = decode(body, Speech)
    if not asked.input:
        raise invalid("input", "must not be empty")
    number = len(asked.input)
    sound = wav(number * SAMPLES_PER_CHARACTER)
    events = asked.stream_format == "sse"
    spoken = tokens(asked.input.encode())
    counts = Counts(input=spoken, output=number, characters=number) if events else Counts(characters=number)

    def chunks(claimed: Counts | None, count: int) -> list[bytes]:
        parts = [part.encode("latin-1") for part in pieces(sound.decode("latin-1"), count)]
        if not events:
            return [*parts[:-1], parts[-1], b""]
        said = [
            event("speech.audio.delta", {"type": "speech.audio.delta", "audio": b64encode(part).decode()})
            for part in parts
        ]
        usage = {"usage": _usage(claimed)} if claimed else {}
        return [b"", *said, event("speech.audio.done", {"type": "speech.audio.done", **usage})]

    kind = b"text/event-stream; charset=utf-8" if events else b"audio/wav"
    return Job(asked.model, counts, lambda claimed: sound, chunks, stream_kind=kind)


def transcriptions(body: bytes, content_type: str, model: str) -> Job:
    form = forms.read(body, content_type)
    if "file" not in form:
        raise absent("file")
    name = forms.text(form, "model")
    length = seconds(form["file"][-1])
    text = f"There are {length:g} seconds of sound."
    shape = forms.text(form, "response_format", "json")
    streamed = forms.text(form, "stream", "false") == "true"
    whole_seconds = -int(-length // 1)
    by_tokens = parse(name).tokens or streamed
    counts = (
        Counts(input=whole_seconds * TOKENS_PER_SECOND, output=tokens(text.encode()))
        if by_tokens
        else Counts(seconds=whole_seconds)
    )

    def usage(claimed: Counts) -> dict[str, Any]:
        return {"type": "tokens", **_usage(claimed)} if by_tokens else {"type": "duration", "seconds": length}

    def whole(claimed: Counts | None) -> bytes:
        if shape in _PLAIN:
            return _PLAIN[shape].format(text=text).encode()
        answer: dict[str, Any] = {"text": text}
        if shape == "verbose_json":
            answer |= {"task": "transcribe", "language": "english", "duration": length, "segments": []}
        elif claimed:
            answer["usage"] = usage(claimed)
        return encode(answer)

    def chunks(claimed: Counts | None, count: int) -> list[bytes]:
        said = [
            event("transcript.text.delta", {"type": "transcript.text.delta", "delta": piece})
            for piece in pieces(text, count)
        ]
        done: dict[str, Any] = {"type": "transcript.text.done", "text": text}
        return [
            b"",
            *said,
            event("transcript.text.done", done | ({"usage": usage(claimed)} if claimed else {})),
        ]

    kind = b"text/plain; charset=utf-8" if shape in _PLAIN else JSON
    return Job(name, counts, whole, chunks if streamed else None, kind)


def wav(samples: int) -> bytes:
    """Silence: one channel of eight bits, 8,000 times a second."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE, 1, 8)
    data = struct.pack("<4sI", b"data", samples) + b"\x80" * samples
    return struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data


def seconds(file: bytes) -> float:
    """How long a recording is: by the header of a WAV as `wav` and its kin write it, else by its size."""
    if file[:4] == b"RIFF" and file[12:16] == b"fmt " and file[36:40] == b"data":
        rate, size = struct.unpack("<I", file[28:32])[0], struct.unpack("<I", file[40:44])[0]
        return float(size / rate) if rate else 0.0
    return len(file) / BYTES_PER_SECOND


def _usage(claimed: Counts) -> dict[str, Any]:
    return {
        "input_tokens": claimed.input,
        "output_tokens": claimed.output,
        "total_tokens": claimed.input + claimed.output,
    }
