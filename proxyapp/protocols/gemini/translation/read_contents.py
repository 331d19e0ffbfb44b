"""The `contents` of a request, as turns."""

from collections.abc import Callable
from typing import Any, Literal

from proxyapp.protocols.canonical import Media, Part, Text, ToolResult, ToolUse, Turn
from proxyapp.protocols.carrying import arguments_of
from proxyapp.protocols.gemini.translation.calls import Calls
from proxyapp.protocols.gemini.translation.code import code_text, outcome_text
from proxyapp.protocols.gemini.translation.media import STORED, inline, linked
from proxyapp.protocols.gemini.translation.message import Message, complaint, untranslatable
from proxyapp.protocols.gemini.translation.seals import add_seal, sealed

_ROLES: dict[str, Literal["user", "assistant"]] = {
    "": "user",
    "user": "user",
    "function": "user",
    "tool": "user",
    "model": "assistant",
}


def read_contents(contents: list[Message]) -> list[Turn]:
    """The turns, joined where the same side speaks twice, and without empty ones."""
    calls = Calls()
    turns: list[Turn] = []
    for content in contents:
        role = _ROLES.get(content.text("role"))
        if role is None:
            raise complaint(content.where("role"), "must be 'user' or 'model'")
        parts: list[Part] = turns[-1].parts if turns and turns[-1].role == role else []
        known = len(parts)
        for part in content.messages("parts"):
            _read_part(part, parts, calls, role)
            part.lose_rest()
        content.lose_rest()
        if parts and not known:
            turns.append(Turn(role, parts))
    return turns


def _read_part(part: Message, parts: list[Part], calls: Calls, role: str) -> None:
    """Append what the part says."""
    if role == "assistant" and part.flag("thought"):
        _read_thought(part, parts)
        return
    if role == "assistant":
        add_seal(parts, part.text("thoughtSignature"))
    if text := part.text("text"):
        parts.append(Text(text))
    for name, read in _DATA.items():
        inner = part.message(name)
        if inner is not None:
            if _SIDES.get(name, role) != role:
                raise complaint(inner.path, "stands in a content of the other role")
            parts.append(read(inner, calls))
            inner.lose_rest()


def _read_thought(part: Message, parts: list[Part]) -> None:
    thinking = sealed(part.text("thoughtSignature"), part.text("text"))
    if thinking.text or thinking.seal is not None:
        parts.append(thinking)


def _blob(blob: Message, calls: Calls) -> Media:
    return inline(blob.text("mimeType"), _needed(blob, "data"), blob.text("displayName"))


def _file(file: Message, calls: Calls) -> Media:
    url = _needed(file, "fileUri")
    if STORED.match(url):
        raise untranslatable(file.where("fileUri"), "names a file stored at Google, which cannot be read")
    return linked(file.text("mimeType"), url, file.text("displayName"))


def _call(call: Message, calls: Calls) -> ToolUse:
    name = _needed(call, "name")
    return ToolUse(calls.opened(call.text("id"), name), name, arguments_of(call.mapping("args")))


def _result(response: Message, calls: Calls) -> ToolResult:
    name = _needed(response, "name")
    id = calls.answered(response.text("id"), name)
    if not id:
        raise complaint(response.path, f"answers no functionCall of '{name}' before it")
    content, is_error = _read_response(response.mapping("response") or {})
    media: list[Part] = []
    for nested in response.messages("parts"):
        _read_part(nested, media, calls, "result")
        nested.lose_rest()
    inside = [part for part in media if isinstance(part, Text | Media)]
    return ToolResult(id, name, [*content, *inside], is_error=is_error)


def _read_response(response: dict[str, Any]) -> tuple[list[Text], bool]:
    """What a function gave back, and whether it failed: Google's reference keeps `output` and `error` for
    that; anything else is the result as a whole."""
    key = next(iter(response), "")
    value = response[key] if len(response) == 1 and key in ("output", "error") else response or None
    text = value if isinstance(value, str) else "" if value is None else arguments_of(value)
    return ([Text(text)] if text else []), len(response) == 1 and key == "error"


def _code(code: Message, calls: Calls) -> Text:
    code.take("id")
    return Text(code_text(code.text("code"), code.text("language")))


def _outcome(outcome: Message, calls: Calls) -> Text:
    outcome.take("id")
    outcome.take("outcome")
    return Text(outcome_text(outcome.text("output")))


_DATA: dict[str, Callable[[Message, Calls], Part]] = {
    "inlineData": _blob,
    "fileData": _file,
    "functionCall": _call,
    "functionResponse": _result,
    "executableCode": _code,
    "codeExecutionResult": _outcome,
}
_SIDES = {"functionCall": "assistant", "functionResponse": "user"}


def _needed(message: Message, name: str) -> str:
    text = message.text(name)
    if not text:
        raise complaint(message.where(name), "must be given")
    return text
