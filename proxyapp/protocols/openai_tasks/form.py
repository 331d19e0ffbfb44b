"""Forms with files (`multipart/form-data`, RFC 7578), read strictly: whatever two readers could take for two
different things is refused, because what was checked must be what the provider obeys.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from proxyapp.errors import InvalidRequest

MOST_PARTS = 128
LONGEST_HEAD = 8 * 1024
_MEDIA_TYPE = re.compile(
    r"""multipart/form-data((?:[ \t]*;[ \t]*[\w-]+=(?:"[^"\\]*"|[\w'+.-]+))+)[ \t;]*""",
    re.IGNORECASE | re.ASCII,
)
_OF_MEDIA_TYPE = re.compile(r""";[ \t]*([\w-]+)=(?:"([^"]*)"|([\w'+.-]+))""", re.ASCII)
_BOUNDARY = re.compile(r"[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]", re.ASCII)
_DISPOSITION = re.compile(
    rb'content-disposition:[ \t]*form-data((?:[ \t]*;[ \t]*[a-z*]+=(?:"[^"\\]*"|[^\s;"\\]+))+)[ \t]*',
    re.IGNORECASE,
)
_PARAMETER = re.compile(rb';[ \t]*([a-z*]+)=(?:"([^"\\]*)"|([^\s;"\\]+))', re.IGNORECASE)
_HEADER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\x00]*")
_ENCODED = re.compile(rb"content-transfer-encoding:(?![ \t]*(?:binary|7bit|8bit)[ \t]*$)", re.IGNORECASE)
_FLAGS = {"true": True, "false": False}


class Part(NamedTuple):
    """One field; its value is the body from `start` to `end`."""

    name: str
    start: int
    end: int


class Form:
    """The fields of a form. Every complaint is an `InvalidRequest` naming the field."""

    def __init__(self, body: bytes, parts: list[Part]) -> None:
        self._body = body
        self._parts = parts

    def all(self, names: Iterable[str]) -> list[Part]:
        """The fields of these names."""
        return [part for part in self._parts if part.name in names]

    def one(self, name: str) -> Part | None:
        """A field that may be given once."""
        found = self.all((name,))
        if len(found) > 1:
            raise complaint(name, "appears more than once in the form")
        return found[0] if found else None

    def value(self, part: Part) -> bytes:
        return self._body[part.start : part.end]

    def text(self, name: str) -> str | None:
        """A text, or None where absent."""
        part = self.one(name)
        if part is None:
            return None
        try:
            return self.value(part).decode()
        except UnicodeDecodeError:
            raise complaint(name, "must be text in UTF-8") from None

    def flag(self, name: str) -> bool:
        """`true` or `false`; false where absent."""
        text = self.text(name)
        if text is not None and text not in _FLAGS:
            raise complaint(name, "must be true or false")
        return _FLAGS[text or "false"]

    def whole(self, name: str, least: int, most: int) -> int | None:
        """A whole number in plain digits, or None where absent."""
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise complaint(name, f"must be a whole number from {least} to {most}")
        return int(text)

    def beside(self, files: list[Part]) -> int:
        """Bytes of the body without these."""
        return len(self._body) - sum(part.end - part.start for part in files)


def read_form(body: bytes, content_type: str) -> Form:
    """The form in a body."""
    delimiter = b"--" + _boundary(content_type)
    if not body.startswith(delimiter):
        raise _broken("it does not begin with its boundary")
    parts: list[Part] = []
    position = len(delimiter)
    while body[position : position + 2] == b"\r\n":
        if len(parts) == MOST_PARTS:
            raise _broken(f"it has more than {MOST_PARTS} fields")
        start = body.find(b"\r\n\r\n", position, position + LONGEST_HEAD)
        end = body.find(b"\r\n" + delimiter, start + 4)
        if start < 0 or end < 0:
            raise _broken("it is cut off")
        parts.append(Part(_name(body[position + 2 : start]), start + 4, end))
        position = end + 2 + len(delimiter)
    if body[position:] not in (b"--", b"--\r\n"):
        raise _broken("it does not end with its boundary")
    if body.count(delimiter) != len(parts) + 1:  # some readers end a field there, too
        raise _broken("its boundary is also in a field")
    return Form(body, parts)


def complaint(name: str, what: str) -> InvalidRequest:
    """The refusal for one field, for raising."""
    return InvalidRequest(f"'{name}' {what}.", param=name)


def _boundary(content_type: str) -> bytes:
    form = _MEDIA_TYPE.fullmatch(content_type.strip())
    parameters: list[tuple[str, str, str]] = _OF_MEDIA_TYPE.findall(form[1]) if form else []
    found = [quoted or plain for name, quoted, plain in parameters if name.lower() == "boundary"]
    if len(found) != 1 or not _BOUNDARY.fullmatch(found[0]):
        raise InvalidRequest(
            "The content-type must be multipart/form-data with one boundary.", code="invalid_form"
        )
    return found[0].encode()


def _name(head: bytes) -> str:
    """The name of the field with these header lines."""
    lines = head.split(b"\r\n")
    named = [match for line in lines if (match := _DISPOSITION.fullmatch(line))]
    encoded = any(_ENCODED.match(line) for line in lines)
    if len(named) != 1 or encoded or not all(map(_HEADER.fullmatch, lines)):
        raise _broken("the head of a field cannot be read")
    parameters = [(key.lower(), quoted or plain) for key, quoted, plain in _PARAMETER.findall(named[0][1])]
    by_key: dict[bytes, bytes] = dict(parameters)
    if len(by_key) != len(parameters) or b"name*" in by_key or not by_key.get(b"name"):
        raise _broken("a field has no name, or several")
    try:
        return by_key[b"name"].decode()
    except UnicodeDecodeError:
        raise _broken("the name of a field is not UTF-8") from None


def _broken(why: str) -> InvalidRequest:
    return InvalidRequest(f"The form cannot be read: {why}.", code="invalid_form")
