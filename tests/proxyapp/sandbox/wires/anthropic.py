from typing import Any

import msgspec

from proxyapp.sandbox.tokens import Counts

from .base import ARGUMENTS, CALL_ID, SCHEMA, Said, Talk, Wire


class Anthropic(Wire):
    name = "anthropic"
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}

    def path(self, model: str, *, stream: bool) -> str:
        return "/v1/messages"

    def body(self, model: str, talk: Talk) -> dict[str, Any]:
        messages: list[dict[str, Any]] = [{"role": "user", "content": talk.text}]
        if talk.result:
            call = {"type": "tool_use", "id": CALL_ID, "name": talk.tools[0], "input": ARGUMENTS}
            result = {"type": "tool_result", "tool_use_id": CALL_ID, "content": talk.result}
            messages += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
        body: dict[str, Any] = {
            "model": model,
            "max_tokens": talk.limit,
            "system": talk.system,
            "messages": messages,
            "stream": talk.stream,
        }
        if talk.tools:
            body["tools"] = [
                {"name": name, "description": "d", "input_schema": SCHEMA} for name in talk.tools
            ]
        if talk.choice:
            named = {"type": "tool", "name": talk.choice}
            body["tool_choice"] = {"type": "none"} if talk.choice == "none" else named
        if talk.thinking:
            body["thinking"] = {"type": "adaptive"}
        return body

    def whole(self, answer: dict[str, Any]) -> Said:
        said = Said(short=answer["stop_reason"] == "max_tokens", counts=_counts(answer.get("usage")))
        for block in answer["content"]:
            said.text += block.get("text", "")
            said.thinking += block.get("thinking", "")
            if block["type"] == "tool_use":
                said.call, said.arguments = block["name"], block["input"]
        return said

    def streamed(self, answer: list[dict[str, Any]]) -> Said:
        said, arguments = Said(), ""
        usage: dict[str, Any] = {}
        for event in answer:
            if event["type"] == "message_start":
                usage = event["message"].get("usage", {})
            elif event["type"] == "content_block_start":
                said.call = event["content_block"].get("name", said.call)
            elif event["type"] == "content_block_delta":
                said.text += event["delta"].get("text", "")
                said.thinking += event["delta"].get("thinking", "")
                arguments += event["delta"].get("partial_json", "")
            elif event["type"] == "message_delta":
                usage = {**usage, **event.get("usage", {})}
                said.short = event["delta"]["stop_reason"] == "max_tokens"
        said.arguments = msgspec.json.decode(arguments) if arguments else None
        said.counts = _counts(usage)
        return said


def _counts(usage: dict[str, Any] | None) -> Counts | None:
    if not usage:
        return None
    written = usage["cache_creation"]
    assert usage["cache_creation_input_tokens"] == sum(written.values())
    return Counts(
        input=usage["input_tokens"],
        cache_read=usage["cache_read_input_tokens"],
        cache_write_5m=written["ephemeral_5m_input_tokens"],
        cache_write_1h=written["ephemeral_1h_input_tokens"],
        output=usage["output_tokens"],
        reasoning=usage.get("output_tokens_details", {}).get("thinking_tokens", 0),
    )
