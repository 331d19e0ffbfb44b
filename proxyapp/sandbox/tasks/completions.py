"""Old completions: a text goes on from another."""

import time
from typing import Any

import msgspec

from proxyapp.sandbox.chunks import encode, pieces
from proxyapp.sandbox.refusal import decode, invalid
from proxyapp.sandbox.tally import TEXT_BYTES_PER_TOKEN, Counts, tokens
from proxyapp.sandbox.tasks.job import Job

_MOST = 16
_MOST_ANSWERS = 128


class StreamOptions(msgspec.Struct):
    include_usage: bool = False


class Request(msgspec.Struct):
    model: str
    prompt: str | list[str] = ""
    max_tokens: int | None = None
    n: int | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None


def read(body: bytes, content_type: str, model: str) -> Job:
    """Each text is answered with itself, cut at the maximum (16 tokens unless said), ``n`` times over."""
    asked = decode(body, Request)
    prompts = [asked.prompt] if isinstance(asked.prompt, str) else asked.prompt
    room = _MOST if asked.max_tokens is None else asked.max_tokens
    number = asked.n or 1
    if not 1 <= number <= _MOST_ANSWERS:
        raise invalid("n", f"must be from 1 to {_MOST_ANSWERS}")
    texts = [_clip(prompt, room) for prompt in prompts for _ in range(number)]
    counts = Counts(
        input=sum(tokens(prompt.encode()) for prompt in prompts),
        output=sum(tokens(text.encode()) for text in texts),
    )
    shell = {"id": "cmpl-sandbox", "object": "text_completion", "model": asked.model}

    def whole(claimed: Counts | None) -> bytes:
        choices = [_choice(at, text, "stop") for at, text in enumerate(texts)]
        usage = {"usage": _usage(claimed)} if claimed else {}
        return encode({**shell, "created": int(time.time()), "choices": choices, **usage})

    def chunks(claimed: Counts | None, count: int) -> list[bytes]:
        def event(choices: list[Any], **more: Any) -> bytes:
            chunk = {**shell, "created": int(time.time()), "choices": choices, **more}
            return b"data: %b\n\n" % encode(chunk)

        said = [
            event([_choice(at, piece, None)])
            for at, text in enumerate(texts)
            for piece in pieces(text, count)
        ]
        closing = event([_choice(at, "", "stop") for at in range(len(texts))])
        if claimed and asked.stream_options and asked.stream_options.include_usage:
            closing += event([], usage=_usage(claimed))
        return [b"", *said, closing + b"data: [DONE]\n\n"]

    return Job(asked.model, counts, whole, chunks if asked.stream else None)


def _choice(at: int, text: str, reason: str | None) -> dict[str, Any]:
    return {"index": at, "text": text, "logprobs": None, "finish_reason": reason}


def _usage(claimed: Counts) -> dict[str, int]:
    return {
        "prompt_tokens": claimed.input,
        "completion_tokens": claimed.output,
        "total_tokens": claimed.input + claimed.output,
    }


def _clip(text: str, count: int) -> str:
    return text.encode()[: count * TEXT_BYTES_PER_TOKEN].decode(errors="ignore")
