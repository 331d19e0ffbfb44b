"""From the bytes of a request to its structs: complaints that name the field, and what was not understood."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.body import read_any
from proxyapp.protocols.carrying import once
from proxyapp.protocols.openai_chat.translation.wire import Request

_AT = re.compile(r"(?P<words>.*) - at `\$\.?(?P<path>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_is_plain = re.compile(r"[\w.-]{1,64}", re.ASCII).fullmatch


def decode_request(body: bytes) -> tuple[Request, list[str]]:
    """The request, and the paths of what is in the body but not in `Request`.

    InvalidRequest naming the field where a type is wrong.
    """
    document = read_any(body)
    try:
        request = msgspec.convert(document, Request)
    except msgspec.ValidationError as error:
        raise _complaint(str(error)) from None
    return request, once(list(_unknown(request, document, "")))


def invalid(path: str, what: str) -> InvalidRequest:
    """The refusal of one field, for raising."""
    return InvalidRequest(f"'{path}' {what}.", param=path)


def not_translatable(path: str, what: str) -> InvalidRequest:
    """The refusal of a field that only a model of this very protocol could obey, for raising."""
    return InvalidRequest(
        f"'{path}' {what}, and this model is served in another protocol, in which that cannot be said.",
        code="not_translatable",
        hint="Leave it out, or choose a model that is served as OpenAI Chat Completions "
        "(POST /v1/chat/completions).",
        param=path,
    )


def _complaint(message: str) -> InvalidRequest:
    found = _AT.fullmatch(message)
    words, path = (found["words"], found["path"]) if found else (message, "")
    if missing := _MISSING.fullmatch(words):
        return invalid(_inside(path, missing[1]), "is required")
    return InvalidRequest(f"'{path}': {words}.", param=path)


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _unknown(known: Any, raw: Any, path: str) -> Iterator[str]:
    """The paths of members of `raw` that the struct made of it does not have. What is null, false or empty
    asks for nothing."""
    if isinstance(known, Struct):
        for name, value in raw.items():
            inside = _inside(path, name if _is_plain(name) else "?")
            if name in known.__struct_fields__:
                yield from _unknown(getattr(known, name), value, inside)
            elif value:
                yield inside
    elif isinstance(known, list):
        for item, value in zip(known, raw, strict=True):
            if isinstance(item, Struct):
                yield from _unknown(item, value, f"{path}[]")
