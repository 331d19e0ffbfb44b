"""Pictures: every one of them is the same red square."""

import struct
import time
from base64 import b64encode
from typing import Any
from zlib import compress, crc32

import msgspec

from proxyapp.sandbox.chunks import encode, event
from proxyapp.sandbox.refusal import absent, decode, invalid
from proxyapp.sandbox.tally import MEDIA_TOKENS, Counts, tokens
from proxyapp.sandbox.tasks import forms
from proxyapp.sandbox.tasks.job import Job

PICTURE_TOKENS = 100
PARTIAL_TOKENS = 10
_MOST_PARTIAL = 3
_SHOWN = {"background": "opaque", "output_format": "png", "quality": "low", "size": "16x16"}


class Generations(msgspec.Struct):
    model: str
    prompt: str
    n: int | None = None
    stream: bool | None = False
    partial_images: int | None = None


class Reference(msgspec.Struct):
    image_url: str = ""


class Edits(Generations):
    images: list[Reference] = []


def generations(body: bytes, content_type: str, model: str) -> Job:
    asked = decode(body, Generations)
    return _job(asked, 0, "image_generation")


def edits(body: bytes, content_type: str, model: str) -> Job:
    if "json" in content_type:
        edit = decode(body, Edits)
        return _job(edit, len(edit.images), "image_edit")
    form = forms.read(body, content_type)
    given = len(form.get("image", [])) + len(form.get("image[]", [])) + len(form.get("mask", []))
    if not given:
        raise absent("image")
    asked = Generations(
        model=forms.text(form, "model"),
        prompt=forms.text(form, "prompt"),
        n=forms.whole(form, "n", 1),
        stream=forms.text(form, "stream", "false") == "true",
        partial_images=forms.whole(form, "partial_images", 0),
    )
    return _job(asked, given, "image_edit")


def variations(body: bytes, content_type: str, model: str) -> Job:
    form = forms.read(body, content_type)
    if "image" not in form:
        raise absent("image")
    asked = Generations(model=forms.text(form, "model"), prompt="", n=forms.whole(form, "n", 1))
    return _job(asked, 1, "image_edit")


def _job(asked: Generations, given: int, name: str) -> Job:
    number, partial = asked.n or 1, (asked.partial_images or 0) if asked.stream else 0
    if not 1 <= number <= 10:
        raise invalid("n", "must be from 1 to 10")
    if not 0 <= partial <= _MOST_PARTIAL:
        raise invalid("partial_images", f"must be from 0 to {_MOST_PARTIAL}")
    text = tokens(asked.prompt.encode())
    counts = Counts(
        input=text + MEDIA_TOKENS * given,
        output=PICTURE_TOKENS * number + PARTIAL_TOKENS * partial,
        images=number,
    )

    def whole(claimed: Counts | None) -> bytes:
        answer = {"created": int(time.time()), "data": [{"b64_json": PNG}] * number, **_SHOWN}
        return encode(answer | ({"usage": _usage(claimed, text)} if claimed else {}))

    def chunks(claimed: Counts | None, count: int) -> list[bytes]:
        def say(kind: str, **more: Any) -> bytes:
            shown = {"b64_json": PNG, "created_at": int(time.time()), **_SHOWN}
            return event(f"{name}.{kind}", {"type": f"{name}.{kind}", **shown, **more})

        unfinished = [say("partial_image", partial_image_index=at) for at in range(partial)]
        usage = {"usage": _usage(claimed, text)} if claimed else {}
        ready = [say("completed") for _ in range(number - 1)]
        return [b"", *unfinished, *ready, say("completed", **usage)]

    return Job(asked.model, counts, whole, chunks if asked.stream else None)


def _usage(claimed: Counts, text: int) -> dict[str, Any]:
    return {
        "input_tokens": claimed.input,
        "input_tokens_details": {"text_tokens": text, "image_tokens": max(0, claimed.input - text)},
        "output_tokens": claimed.output,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": claimed.output},
        "total_tokens": claimed.input + claimed.output,
    }


def _png(side: int = 16) -> bytes:
    """A red square (PNG, 8 bits, RGB)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = (b"\x00" + b"\xcc\x22\x22" * side) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", compress(rows)) + chunk(b"IEND", b"")


PNG = b64encode(_png()).decode()
