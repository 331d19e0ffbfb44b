"""The official SDKs as four ways to say the same: what was said, and what came back, in plain words."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anthropic
import msgspec
import openai
from google import genai
from google.genai import types

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Paris"]}},
    "required": ["city"],
    "additionalProperties": False,
}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CEILING = 4_000


@dataclass
class Asked:
    """A question: a text, and what goes with it."""

    text: str
    image: bool = False
    tool: bool = False
    thinking: bool = False
    schema: bool = False


@dataclass
class Said:
    """An answer. `turn` is what the SDK wants back to go on from here."""

    text: str = ""
    thinking: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    input: int = 0
    output: int = 0
    turn: Any = None


class Speaker:
    """One SDK against one gateway."""

    def __init__(self, base_url: str, key: str, tag: str) -> None:
        self.headers = {"x-sandbox-tag": tag}
        self.base_url, self.key = base_url, key

    def ask(self, model: str, asked: Asked, *, stream: bool) -> Said:
        """One question."""
        raise NotImplementedError

    def go_on(self, model: str, asked: Asked, said: Said, result: str, *, stream: bool) -> Said:
        """The same question again, with its tool called and giving `result`."""
        raise NotImplementedError


class Claude(Speaker):
    """`anthropic`: Messages."""

    def ask(self, model: str, asked: Asked, *, stream: bool) -> Said:
        return self._send(model, asked, [self._question(asked)], stream=stream)

    def go_on(self, model: str, asked: Asked, said: Said, result: str, *, stream: bool) -> Said:
        calls = [block for block in said.turn if block.type == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": result} for call in calls]
        turns = [
            self._question(asked),
            {"role": "assistant", "content": said.turn},
            {"role": "user", "content": results},
        ]
        return self._send(model, asked, turns, stream=stream)

    def _question(self, asked: Asked) -> dict[str, Any]:
        content: list[dict[str, Any]] = []
        if asked.image:
            data = base64.b64encode(PIXEL).decode()
            source = {"type": "base64", "media_type": "image/png", "data": data}
            content.append({"type": "image", "source": source})
        return {"role": "user", "content": [*content, {"type": "text", "text": asked.text}]}

    def _send(self, model: str, asked: Asked, turns: list[Any], *, stream: bool) -> Said:
        options: dict[str, Any] = {}
        if asked.tool:
            options["tools"] = [{"name": "weather", "description": "It", "input_schema": SCHEMA}]
        if asked.thinking:
            options["thinking"] = {"type": "enabled", "budget_tokens": 1_024}
        if asked.schema:
            options["output_config"] = {"format": {"type": "json_schema", "schema": SCHEMA}}
        options |= {"model": model, "max_tokens": CEILING, "messages": turns}
        with anthropic.Anthropic(
            api_key=self.key,
            base_url=f"{self.base_url}/anthropic",
            default_headers=self.headers,
            max_retries=0,
        ) as sdk:
            if stream:
                with sdk.messages.stream(**options) as events:
                    message: Any = events.get_final_message()
            else:
                message = sdk.messages.create(**options)
        said = Said(turn=message.content)
        for block in message.content:
            if block.type == "text":
                said.text += block.text
            elif block.type == "thinking":
                said.thinking += block.thinking
            elif block.type == "tool_use":
                said.calls.append((block.name, block.input))
        said.input = message.usage.input_tokens
        said.output = message.usage.output_tokens
        return said


class OpenAI(Speaker):
    """What both of its protocols have in common."""

    def opened(self) -> openai.OpenAI:
        return openai.OpenAI(
            api_key=self.key,
            base_url=f"{self.base_url}/openai/v1",
            default_headers=self.headers,
            max_retries=0,
        )


class Chat(OpenAI):
    """`openai`: Chat Completions."""

    def ask(self, model: str, asked: Asked, *, stream: bool) -> Said:
        return self._send(model, asked, [self._question(asked)], stream=stream)

    def go_on(self, model: str, asked: Asked, said: Said, result: str, *, stream: bool) -> Said:
        results = [
            {"role": "tool", "tool_call_id": call["id"], "content": result}
            for call in said.turn["tool_calls"]
        ]
        return self._send(model, asked, [self._question(asked), said.turn, *results], stream=stream)

    def _question(self, asked: Asked) -> dict[str, Any]:
        content: list[dict[str, Any]] = [{"type": "text", "text": asked.text}]
        if asked.image:
            url = "data:image/png;base64," + base64.b64encode(PIXEL).decode()
            content.insert(0, {"type": "image_url", "image_url": {"url": url}})
        return {"role": "user", "content": content}

    def _send(self, model: str, asked: Asked, turns: list[Any], *, stream: bool) -> Said:
        options: dict[str, Any] = {"model": model, "messages": turns, "max_completion_tokens": CEILING}
        if asked.tool:
            function = {"name": "weather", "description": "It", "parameters": SCHEMA}
            options["tools"] = [{"type": "function", "function": function}]
        if asked.thinking:
            options |= {"reasoning_effort": "low", "extra_body": {"include_reasoning": True}}
        if asked.schema:
            named = {"name": "answer", "schema": SCHEMA, "strict": True}
            options["response_format"] = {"type": "json_schema", "json_schema": named}
        with self.opened() as sdk:
            if stream:
                options["stream_options"] = {"include_usage": True}
                with sdk.chat.completions.stream(**options) as events:
                    completion: Any = events.get_final_completion()
            else:
                completion = sdk.chat.completions.create(**options)
        message = completion.choices[0].message
        said = Said(turn=message.model_dump(exclude_none=True), text=message.content or "")
        said.turn = {name: value for name, value in said.turn.items() if name != "parsed"}
        said.thinking = getattr(message, "reasoning_content", None) or ""
        for call in message.tool_calls or ():
            said.calls.append((call.function.name, msgspec.json.decode(call.function.arguments)))
        said.input, said.output = completion.usage.prompt_tokens, completion.usage.completion_tokens
        return said


class Responses(OpenAI):
    """`openai`: Responses."""

    def ask(self, model: str, asked: Asked, *, stream: bool) -> Said:
        return self._send(model, asked, [self._question(asked)], stream=stream)

    def go_on(self, model: str, asked: Asked, said: Said, result: str, *, stream: bool) -> Said:
        results = [
            {"type": "function_call_output", "call_id": item["call_id"], "output": result}
            for item in said.turn
            if item["type"] == "function_call"
        ]
        return self._send(model, asked, [self._question(asked), *said.turn, *results], stream=stream)

    def _question(self, asked: Asked) -> dict[str, Any]:
        content: list[dict[str, Any]] = [{"type": "input_text", "text": asked.text}]
        if asked.image:
            url = "data:image/png;base64," + base64.b64encode(PIXEL).decode()
            content.insert(0, {"type": "input_image", "image_url": url, "detail": "auto"})
        return {"role": "user", "content": content}

    def _send(self, model: str, asked: Asked, items: list[Any], *, stream: bool) -> Said:
        options: dict[str, Any] = {"model": model, "input": items, "max_output_tokens": CEILING}
        options |= {"store": False, "include": ["reasoning.encrypted_content"]}
        if asked.tool:
            tool = {"type": "function", "name": "weather", "description": "It", "strict": False}
            options["tools"] = [tool | {"parameters": SCHEMA}]
        if asked.thinking:
            options["reasoning"] = {"effort": "low", "summary": "auto"}
        if asked.schema:
            options["text"] = {"format": {"type": "json_schema", "name": "answer", "schema": SCHEMA}}
        with self.opened() as sdk:
            if stream:
                with sdk.responses.stream(**options) as events:
                    response: Any = events.get_final_response()
            else:
                response = sdk.responses.create(**options)
        said = Said(text=response.output_text)
        said.turn = [item.model_dump(exclude_none=True) for item in response.output]
        for item in said.turn:
            item.pop("parsed_arguments", None)
            for part in item.get("content") or ():
                part.pop("parsed", None)
        for item in response.output:
            if item.type == "reasoning":
                said.thinking += "".join(part.text for part in item.summary)
            elif item.type == "function_call":
                said.calls.append((item.name, msgspec.json.decode(item.arguments)))
        said.input, said.output = response.usage.input_tokens, response.usage.output_tokens
        return said


class Gemini(Speaker):
    """`google-genai`."""

    def ask(self, model: str, asked: Asked, *, stream: bool) -> Said:
        return self._send(model, asked, [self._question(asked)], stream=stream)

    def go_on(self, model: str, asked: Asked, said: Said, result: str, *, stream: bool) -> Said:
        parts = [
            types.Part(
                function_response=types.FunctionResponse(
                    id=part.function_call.id, name=part.function_call.name, response={"result": result}
                )
            )
            for part in said.turn
            if part.function_call
        ]
        contents = [
            self._question(asked),
            types.Content(role="model", parts=said.turn),
            types.Content(role="user", parts=parts),
        ]
        return self._send(model, asked, contents, stream=stream)

    def _question(self, asked: Asked) -> types.Content:
        parts = [types.Part.from_bytes(data=PIXEL, mime_type="image/png")] if asked.image else []
        return types.Content(role="user", parts=[*parts, types.Part(text=asked.text)])

    def _send(self, model: str, asked: Asked, contents: list[Any], *, stream: bool) -> Said:
        config = types.GenerateContentConfig(max_output_tokens=CEILING)
        if asked.tool:
            function = types.FunctionDeclaration(
                name="weather", description="It", parameters_json_schema=SCHEMA
            )
            config.tools = [types.Tool(function_declarations=[function])]
        if asked.thinking:
            config.thinking_config = types.ThinkingConfig(include_thoughts=True, thinking_budget=1_024)
        if asked.schema:
            config.response_mime_type = "application/json"
            config.response_json_schema = SCHEMA
        options = types.HttpOptions(base_url=self.base_url, headers=self.headers)
        with genai.Client(api_key=self.key, http_options=options) as sdk:
            if stream:
                answers = list(
                    sdk.models.generate_content_stream(model=model, contents=contents, config=config)
                )
            else:
                answers = [sdk.models.generate_content(model=model, contents=contents, config=config)]
        said = Said(turn=[])
        for answer in answers:
            content = answer.candidates[0].content if answer.candidates else None
            for part in (content.parts if content else None) or ():
                said.turn.append(part)
                if part.function_call:
                    said.calls.append((part.function_call.name or "", part.function_call.args or {}))
                elif part.thought:
                    said.thinking += part.text or ""
                else:
                    said.text += part.text or ""
        usage = answers[-1].usage_metadata
        assert usage is not None
        said.input = usage.prompt_token_count or 0
        said.output = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
        return said


SPEAKERS: dict[str, Callable[[str, str, str], Speaker]] = {
    "anthropic": Claude,
    "openai_chat": Chat,
    "openai_responses": Responses,
    "gemini": Gemini,
}
