"""Request bodies: the top level is read strictly, everything below it is kept byte for byte.

Which of two equal keys counts is not defined by JSON, and providers differ. Those written in Go take `Model`
for `model`, too. So a key given twice, or in another case than its own, is refused wherever this gateway
looks: what was checked must be what the provider obeys.
"""

import re
from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.errors import InvalidRequest

MOST_TOKENS = 1_000_000_000
"""No ceiling above this is believed."""

_LONGEST_NAME = 60
_WRITTEN_DOWN = 16 * 1024  # bytes; to walk the keys of what is larger costs less than copying it
_decode = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.encode
_KEY = re.compile(rb'[\s,{]*"([^"\\]*+(?:\\.[^"\\]*+)*+)"\s*:\s*')
_AFTER_VALUE = b" \t\r\n,}"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Members:
    """The members of one JSON object, read on demand. `null` counts as absent everywhere.

    Every complaint is an `InvalidRequest` naming the field.
    """

    __slots__ = ("cased", "found", "where")

    def __init__(self, found: dict[str, Raw], where: str = "") -> None:
        self.found = found
        self.cased = {folded: name for name in found if (folded := name.casefold()) != name}
        self.where = where

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        if name in self.found:
            return bytes(self.found[name]) != b"null"
        folded = name.casefold()
        if folded in self.found or folded in self.cased:
            spelt = self.cased.get(folded, folded)
            raise self.complaint(name, f"must be written so, not {spelt[:_LONGEST_NAME]!r}")
        return False

    def text(self, name: str) -> str | None:
        """A string, or None where absent."""
        if not self.has(name):
            return None
        raw = bytes(self.found[name])
        if raw[:1] != b'"':
            raise self.complaint(name, "must be a string")
        return msgspec.json.decode(raw, type=str)

    def flag(self, name: str) -> bool:
        """A boolean, False where absent; 1, "true" and the like are refused."""
        if not self.has(name):
            return False
        raw = bytes(self.found[name])
        if raw not in (b"true", b"false"):
            raise self.complaint(name, "must be true or false")
        return raw == b"true"

    def whole(self, name: str, least: int = 1, most: int = MOST_TOKENS) -> int | None:
        """A whole number in plain digits between `least` and `most`, or None where absent."""
        if not self.has(name):
            return None
        raw = bytes(self.found[name])
        if not raw.isdigit() or len(raw) > 10 or not least <= int(raw) <= most:
            raise self.complaint(name, f"must be a whole number from {least} to {most}")
        return int(raw)

    def inner(self, name: str) -> "Members | None":
        """The members of an object inside, read as strictly, or None where absent."""
        if not self.has(name):
            return None
        raw = bytes(self.found[name])
        if raw[:1] != b"{":
            raise self.complaint(name, "must be an object")
        return read_members(raw, self.path(name))

    def path(self, name: str) -> str:
        """The name as people write it: with the object it is in."""
        return f"{self.where}.{name}" if self.where else name

    def complaint(self, name: str, what: str) -> InvalidRequest:
        """The refusal for one field, for raising."""
        path = self.path(name)
        return InvalidRequest(f"'{path}' {what}.", param=path)


def read_body(body: bytes) -> Members:
    """The top level of a request body: one JSON object in UTF-8, no key twice."""
    if not body:
        raise InvalidRequest("The request body is empty; a JSON object is expected.", code="invalid_json")
    if not body.isascii():
        _check_encoding(body)
    return read_members(body, "")


def read_members(text: bytes, where: str) -> Members:
    """The members of the JSON object that `text` is; `where` is its path, for complaints."""
    try:
        found = _decode(text)
    except msgspec.ValidationError:
        raise InvalidRequest("The request body must be a JSON object.", code="invalid_json") from None
    except msgspec.DecodeError as error:
        raise InvalidRequest(f"The request body is not valid JSON: {error}.", code="invalid_json") from None
    except RecursionError:
        raise InvalidRequest("The request body is nested too deeply.", code="invalid_json") from None
    members = Members(found, where)
    # Where writing down what was understood gives back the very bytes, no key can have been there twice.
    if len(text) > _WRITTEN_DOWN or (_encode(found) != text and _spaced(found) != text):
        _refuse_duplicates(text, members)
    if members.cased:
        _refuse_cases(members)
    return members


def read_any(body: bytes) -> Any:
    """The whole body as Python objects, for the rare question that needs all of it."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidRequest("The request body is not valid JSON.", code="invalid_json") from None


def rewrite(body: bytes, edits: dict[str, Any]) -> bytes:
    """A body that `read_body` has accepted, with some members replaced or added; all others byte for byte."""
    return _encode({**_decode(body), **edits})


def rewrite_inner(members: Members, name: str, edits: dict[str, Any]) -> Raw:
    """The object `name` of `members` (or a new one) with some of its members replaced or added."""
    before = bytes(members.found[name]) if members.has(name) else b"{}"
    return Raw(rewrite(before, edits))


def _spaced(found: dict[str, Raw]) -> bytes:
    """An object as Python's json writes it, with a blank after commas and colons."""
    return b"{%b}" % b", ".join([b"%b: %b" % (_encode(name), value) for name, value in found.items()])


def _check_encoding(body: bytes) -> None:
    if body.startswith(_BYTE_ORDER_MARK):
        raise InvalidRequest(
            "The request body begins with a byte order mark; send none.", code="invalid_json"
        )
    try:
        body.decode()
    except UnicodeDecodeError as error:
        message = f"The request body is not UTF-8 (byte {error.start})."
        raise InvalidRequest(message, code="invalid_json") from None


def _refuse_duplicates(text: bytes, members: Members) -> None:
    """Walk the keys of a valid object. Its decoded values are those that came last, so an earlier value under
    the same key either differs from the bytes here, or its key has been seen when the last one is reached.
    """
    seen: set[str] = set()
    position = 0
    while key := _KEY.match(text, position):
        name = key[1].decode() if b"\\" not in key[1] else msgspec.json.decode(b'"' + key[1] + b'"', type=str)
        value = bytes(members.found[name])
        end = key.end() + len(value)
        if name in seen or not text.startswith(value, key.end()) or text[end] not in _AFTER_VALUE:
            raise members.complaint(name, "appears more than once in the request body")
        seen.add(name)
        position = end


def _refuse_cases(members: Members) -> None:
    """Complain of a key that is there in more than one case."""
    for name in members.found:
        folded = name.casefold()
        if members.cased.get(folded, name) != name:
            raise members.complaint(name, "appears more than once in the request body, but for upper case")
