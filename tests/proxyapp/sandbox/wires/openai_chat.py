from typing import Any

import msgspec

from proxyapp.sandbox.tokens import Counts

from .base import ARGUMENTS, CALL_ID, SCHEMA, Said, Talk, Wire


class OpenAIChat(Wire):
    name = "openai_chat"
    headers = {"authorization": "Bearer k"}

    def path(self, model: str, *, stream: bool) -> str:
        return "/v1/chat/completions"

    def body(self, model: str, talk: Talk) -> dict[str, Any]:
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": talk.system},
            {"role": "user", "content": talk.text},
        ]
        if talk.result:
            function = {"name": talk.tools[0], "arguments": msgspec.json.encode(ARGUMENTS).decode()}
            call = {"id": CALL_ID, "type": "function", "function": function}
            messages += [
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": CALL_ID, "content": talk.result},
            ]
        body: dict[str, Any] = {"model": model, "max_completion_tokens": talk.limit, "messages": messages}
        if talk.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        if talk.tools:
            body["tools"] = [_tool(name) for name in talk.tools]
        if talk.choice:
            named = {"type": "function", "function": {"name": talk.choice}}
            body["tool_choice"] = "none" if talk.choice == "none" else named
        if talk.thinking:
            body["reasoning_effort"] = "low"
        return body

    def whole(self, answer: dict[str, Any]) -> Said:
        (choice,) = answer["choices"]
        return _said(choice["message"], choice["finish_reason"], answer.get("usage"))

    def streamed(self, answer: list[dict[str, Any]]) -> Said:
        message: dict[str, Any] = {"content": "", "reasoning_content": ""}
        reason = usage = None
        for chunk in answer:
            usage = chunk.get("usage") or usage
            for choice in chunk["choices"]:
                delta = choice["delta"]
                message["content"] += delta.get("content") or ""
                message["reasoning_content"] += delta.get("reasoning_content", "")
                for call in delta.get("tool_calls", []):
                    known = message.setdefault("tool_calls", [{"function": {"name": "", "arguments": ""}}])
                    known[0]["function"]["name"] += call["function"].get("name", "")
                    known[0]["function"]["arguments"] += call["function"]["arguments"]
                reason = choice["finish_reason"] or reason
        return _said(message, reason, usage)


def _tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": "d", "parameters": SCHEMA}}


def _said(message: dict[str, Any], reason: str | None, usage: dict[str, Any] | None) -> Said:
    said = Said(text=message["content"] or "", thinking=message.get("reasoning_content", ""))
    for call in message.get("tool_calls", []):
        said.call, said.arguments = (
            call["function"]["name"],
            msgspec.json.decode(call["function"]["arguments"]),
        )
    said.short = reason == "length"
    said.counts = _counts(usage)
    return said


def _counts(usage: dict[str, Any] | None) -> Counts | None:
    if usage is None:
        return None
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    return Counts(
        input=usage["prompt_tokens"] - cached,
        cache_read=cached,
        output=usage["completion_tokens"],
        reasoning=usage["completion_tokens_details"]["reasoning_tokens"],
    )
