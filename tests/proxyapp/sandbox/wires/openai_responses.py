from typing import Any

import msgspec

from proxyapp.sandbox.tokens import Counts

from .base import ARGUMENTS, CALL_ID, SCHEMA, Said, Talk, Wire


class OpenAIResponses(Wire):
    name = "openai_responses"
    headers = {"authorization": "Bearer k"}

    def path(self, model: str, *, stream: bool) -> str:
        return "/v1/responses"

    def body(self, model: str, talk: Talk) -> dict[str, Any]:
        items: list[dict[str, Any]] = [
            {"role": "user", "content": [{"type": "input_text", "text": talk.text}]}
        ]
        if talk.result:
            arguments = msgspec.json.encode(ARGUMENTS).decode()
            call = {
                "type": "function_call",
                "call_id": CALL_ID,
                "name": talk.tools[0],
                "arguments": arguments,
            }
            items += [call, {"type": "function_call_output", "call_id": CALL_ID, "output": talk.result}]
        body: dict[str, Any] = {
            "model": model,
            "instructions": talk.system,
            "max_output_tokens": talk.limit,
            "input": items,
            "stream": talk.stream,
        }
        if talk.tools:
            body["tools"] = [
                {"type": "function", "name": name, "description": "d", "parameters": SCHEMA}
                for name in talk.tools
            ]
        if talk.choice:
            named = {"type": "function", "name": talk.choice}
            body["tool_choice"] = "none" if talk.choice == "none" else named
        if talk.thinking:
            body["reasoning"] = {"effort": "low", "summary": "auto"}
        return body

    def whole(self, answer: dict[str, Any]) -> Said:
        said = Said(short=answer["status"] == "incomplete", counts=_counts(answer["usage"]))
        for item in answer["output"]:
            if item["type"] == "reasoning":
                said.thinking += "".join(part["text"] for part in item["summary"])
            elif item["type"] == "message":
                said.text += "".join(part["text"] for part in item["content"])
            else:
                said.call, said.arguments = item["name"], msgspec.json.decode(item["arguments"])
        return said

    def streamed(self, answer: list[dict[str, Any]]) -> Said:
        said = self.whole(answer[-1]["response"])
        deltas = {"text": "", "thinking": "", "arguments": ""}
        names = {
            "response.output_text.delta": "text",
            "response.reasoning_summary_text.delta": "thinking",
            "response.function_call_arguments.delta": "arguments",
        }
        for event in answer:
            if event["type"] in names:
                deltas[names[event["type"]]] += event["delta"]
        assert (said.text, said.thinking) == (deltas["text"], deltas["thinking"])
        assert not said.call or said.arguments == msgspec.json.decode(deltas["arguments"])
        return said


def _counts(usage: dict[str, Any] | None) -> Counts | None:
    if usage is None:
        return None
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    cached = usage["input_tokens_details"]["cached_tokens"]
    return Counts(
        input=usage["input_tokens"] - cached,
        cache_read=cached,
        output=usage["output_tokens"],
        reasoning=usage["output_tokens_details"]["reasoning_tokens"],
    )
