"""A request the sandbox refuses; each dialect puts it in its provider's own words."""

import re
from typing import TypeVar

import msgspec

T = TypeVar("T")

_MISSING = re.compile(r"Object missing required field `(\w+)`")
_WHERE = re.compile(r" - at `\$\.?(.*)`$")


class Refusal(Exception):
    """An HTTP error to be answered. ``param`` names the field at fault, ``missing`` says it is absent."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        missing: bool = False,
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.missing = missing
        self.code = code
        self.retry_after = retry_after


def decode(body: bytes, kind: type[T]) -> T:
    """Read a JSON body as ``kind``, or refuse with 400 naming the field."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, f"The request body is not valid JSON: {error}", code="invalid_json") from None


def convert(value: object, kind: type[T]) -> T:
    """As ``decode``, for a value that is parsed already."""
    try:
        return msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None


def absent(field: str) -> Refusal:
    return Refusal(400, f"{field}: Field required", param=field, missing=True)


def invalid(field: str, why: str) -> Refusal:
    return Refusal(400, f"{field}: {why}", param=field)


def _misfit(text: str) -> Refusal:
    where = _WHERE.search(text)
    place = where.group(1) if where else ""
    missing = _MISSING.search(text)
    if missing:
        return absent(f"{place}.{missing.group(1)}" if place else missing.group(1))
    return invalid(place or "body", _WHERE.sub("", text))
