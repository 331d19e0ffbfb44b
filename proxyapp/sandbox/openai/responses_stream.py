"""Writing OpenAI Responses streams: every event with its sequence number."""

from typing import Any

import msgspec

from proxyapp.sandbox.answer import Answer
from proxyapp.sandbox.chunks import Chunks, event, pieces
from proxyapp.sandbox.openai.responses_reply import Item, items, outcome, shell
from proxyapp.sandbox.prompt import Prompt

_STARTS: dict[str, Item] = {
    "reasoning": {"summary": []},
    "message": {"status": "in_progress", "content": []},
    "function_call": {"status": "in_progress", "arguments": ""},
    "custom_tool_call": {"status": "in_progress", "input": ""},
}


class _Sequence:
    """Numbers the events of one stream."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, name: str, /, **fields: object) -> bytes:
        number = self._next
        self._next += 1
        return event(name, {"type": name, "sequence_number": number, **fields})


def chunks(prompt: Prompt, answer: Answer, count: int) -> list[bytes]:
    """created, in_progress; per item added, its parts and deltas, done; completed or incomplete."""
    say = _Sequence()
    response = shell(prompt)
    stream = Chunks(
        say("response.created", response=response) + say("response.in_progress", response=response)
    )
    output = items(prompt, answer)
    for index, item in enumerate(output):
        stream.frame(
            say("response.output_item.added", output_index=index, item={**item, **_STARTS[item["type"]]})
        )
        place = {"item_id": item["id"], "output_index": index}
        if item["type"] == "reasoning":
            _summary(stream, say, place, item)
        elif item["type"] == "message":
            _text(stream, say, {**place, "content_index": 0}, item["content"][0], count)
        else:
            _arguments(stream, say, place, item)
        stream.frame(say("response.output_item.done", output_index=index, item=item))
    final = {**response, **outcome(answer, output)}
    return stream.close(say(f"response.{final['status']}", response=final))


def stream_error(prompt: Prompt, sent: list[bytes]) -> bytes:
    """The error event, then the response (the one that was created) declared failed."""
    created = msgspec.json.decode(sent[0].split(b"\n", 2)[1].removeprefix(b"data: "))
    number = sum(chunk.count(b"\ndata: ") for chunk in sent)
    message = "The server had an error while processing your request."
    failure = {"code": "server_error", "message": message}
    response = {**created["response"], "status": "failed", "error": failure}
    error = {"type": "error", "sequence_number": number, **failure, "param": None}
    failed = {"type": "response.failed", "sequence_number": number + 1, "response": response}
    return event("error", error) + event("response.failed", failed)


def _text(stream: Chunks, say: _Sequence, place: dict[str, Any], part: Item, count: int) -> None:
    stream.frame(say("response.content_part.added", **place, part={**part, "text": ""}))
    for piece in pieces(part["text"], count):
        stream.content(say("response.output_text.delta", **place, delta=piece, logprobs=[]))
    stream.frame(say("response.output_text.done", **place, text=part["text"], logprobs=[]))
    stream.frame(say("response.content_part.done", **place, part=part))


def _summary(stream: Chunks, say: _Sequence, place: dict[str, Any], item: Item) -> None:
    for number, part in enumerate(item["summary"]):
        spot = {**place, "summary_index": number}
        stream.frame(say("response.reasoning_summary_part.added", **spot, part={**part, "text": ""}))
        for piece in pieces(part["text"], 2):
            stream.content(say("response.reasoning_summary_text.delta", **spot, delta=piece))
        stream.frame(say("response.reasoning_summary_text.done", **spot, text=part["text"]))
        stream.frame(say("response.reasoning_summary_part.done", **spot, part=part))


def _arguments(stream: Chunks, say: _Sequence, place: dict[str, Any], item: Item) -> None:
    custom = item["type"] == "custom_tool_call"
    field = "input" if custom else "arguments"
    name = "response.custom_tool_call_input" if custom else "response.function_call_arguments"
    for piece in pieces(item[field], 2):
        stream.content(say(f"{name}.delta", **place, delta=piece))
    done = {field: item[field]} if custom else {field: item[field], "name": item["name"]}
    stream.frame(say(f"{name}.done", **place, **done))
