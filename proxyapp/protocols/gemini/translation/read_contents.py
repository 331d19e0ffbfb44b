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
    for name, read in _DATA.items():
        if part.has(name):
            if _SIDES.get(name, role) != role:
                raise complaint(part.where(name), "stands in a content of the other role")
            parts += read(part, calls)


def _read_thought(part: Message, parts: list[Part]) -> None:
    thinking = sealed(part.text("thoughtSignature"), part.text("text"))
    if thinking.text or thinking.seal is not None:
        parts.append(thinking)


def _text(part: Message, calls: Calls) -> list[Part]:
    text = part.text("text")
    return [Text(text)] if text else []


def _media(part: Message) -> list[Media]:
    """The medium in a part, inline or by link."""
    blob, file = part.message("inlineData"), part.message("fileData")
    found = []
    if blob is not None:
        found.append(inline(blob.text("mimeType"), _needed(blob, "data"), blob.text("displayName")))
        blob.lose_rest()
    if file is not None:
        url = _needed(file, "fileUri")
        if STORED.match(url):
            raise untranslatable(file.where("fileUri"), "names a file stored at Google, which cannot be read")
        found.append(linked(file.text("mimeType"), url, file.text("displayName")))
        file.lose_rest()
    return found


def _media_part(part: Message, calls: Calls) -> list[Part]:
    return [*_media(part)]


def _call(part: Message, calls: Calls) -> list[Part]:
    call = _inner(part, "functionCall")
    name = _needed(call, "name")
    arguments = arguments_of(call.mapping("args"))
    use = ToolUse(calls.opened(call.text("id"), name), name, arguments)
    call.lose_rest()
    return [use]


def _result(part: Message, calls: Calls) -> list[Part]:
    response = _inner(part, "functionResponse")
    name = _needed(response, "name")
    id = calls.answered(response.text("id"), name)
    if not id:
        raise complaint(response.path, f"answers no functionCall of '{name}' before it")
    content, is_error = _read_response(response.mapping("response") or {})
    media: list[Media] = []
    for nested in response.messages("parts"):
        media += _media(nested)
        nested.lose_rest()
    response.lose_rest()
    return [ToolResult(id, name, [*content, *media], is_error=is_error)]


def _read_response(response: dict[str, Any]) -> tuple[list[Text], bool]:
    """What a function gave back, and whether it failed: Google's reference keeps `output` and `error` for
    that; anything else is the result as a whole."""
    key = next(iter(response), "")
    value = response[key] if len(response) == 1 and key in ("output", "error") else response or ""
    text = value if isinstance(value, str) else arguments_of(value)
    return ([Text(text)] if text else []), len(response) == 1 and key == "error"


def _code(part: Message, calls: Calls) -> list[Part]:
    code = _inner(part, "executableCode")
    text = code_text(code.text("code"), code.text("language"))
    code.take("id")
    code.lose_rest()
    return [Text(text)]


def _outcome(part: Message, calls: Calls) -> list[Part]:
    outcome = _inner(part, "codeExecutionResult")
    text = outcome_text(outcome.text("output"))
    outcome.take("id")
    outcome.take("outcome")
    outcome.lose_rest()
    return [Text(text)]


_DATA: dict[str, Callable[[Message, Calls], list[Part]]] = {
    "text": _text,
    "inlineData": _media_part,
    "fileData": _media_part,
    "functionCall": _call,
    "functionResponse": _result,
    "executableCode": _code,
    "codeExecutionResult": _outcome,
}
_SIDES = {"functionCall": "assistant", "functionResponse": "user"}


def _inner(part: Message, name: str) -> Message:
    found = part.message(name)
    if found is None:
        raise complaint(part.where(name), "must be an object")
    return found


def _needed(message: Message, name: str) -> str:
    text = message.text(name)
    if not text:
        raise complaint(message.where(name), "must be given")
    return text
