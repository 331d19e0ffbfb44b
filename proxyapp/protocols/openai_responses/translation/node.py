"""Reading a request of which only the top level has been checked.

Whoever reads a member of a `Node` says of what type it must be, and a complaint names its path. Members that
nobody has asked for are losses, unless they are empty, false or zero, which asks for nothing.
"""

import re
from typing import Any

import msgspec

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.body import MOST_TOKENS, read_any

_INDEX = re.compile(r"\[\d+\]")
_PLAIN = re.compile(r"[\w.-]{1,64}", re.ASCII)


class Node:
    """The members of one object. `null` counts as absent everywhere."""

    __slots__ = ("_children", "_found", "_lost", "_unread", "path")

    def __init__(self, found: dict[str, Any], path: str = "") -> None:
        self.path = path
        self._found = found
        self._lost: list[str] = []
        self._unread = dict.fromkeys(found)
        self._children: list[Node] = []

    def get(self, name: str) -> Any:
        """A member of whatever type, None where absent."""
        self._unread.pop(name, None)
        return self._found.get(name)

    def text(self, name: str) -> str:
        """A string, empty where absent."""
        value = self.get(name)
        if value is not None and not isinstance(value, str):
            raise self.complaint(name, "must be a string")
        return value or ""

    def required(self, name: str) -> str:
        """A string that must be there, and not be empty."""
        if not (value := self.text(name)):
            raise self.complaint(name, "is required")
        return value

    def flag(self, name: str) -> bool | None:
        """A boolean, None where absent."""
        value = self.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.complaint(name, "must be true or false")
        return value

    def number(self, name: str) -> float | None:
        """A number as the client wrote it, None where absent."""
        value = self.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self.complaint(name, "must be a number")
        return value

    def count(self, name: str) -> int | None:
        """A whole number from 0, None where absent."""
        value = self.get(name)
        if value is not None and (type(value) is not int or not 0 <= value <= MOST_TOKENS):
            raise self.complaint(name, f"must be a whole number from 0 to {MOST_TOKENS}")
        return value

    def plain(self, name: str) -> dict[str, Any]:
        """An object that is taken over whole, empty where absent."""
        value = self.get(name)
        if value is not None and not isinstance(value, dict):
            raise self.complaint(name, "must be an object")
        return value or {}

    def texts(self, name: str) -> list[str]:
        """A list of strings, empty where absent."""
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.complaint(name, "must be a list of strings")
        return value

    def node(self, name: str) -> "Node | None":
        """An object to be read in its turn, None where absent."""
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.complaint(name, "must be an object")
        return self._child(value, self._inner(name))

    def nodes(self, name: str) -> "list[Node]":
        """A list of objects to be read in their turn, empty where absent."""
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.complaint(name, "must be a list")
        for index, one in enumerate(value):
            if not isinstance(one, dict):
                raise self.complaint(f"{name}[{index}]", "must be an object")
        return [self._child(one, f"{self._inner(name)}[{index}]") for index, one in enumerate(value)]

    def ignore(self, *names: str) -> None:
        """These mean nothing to anybody else."""
        for name in names:
            self._unread.pop(name, None)

    def members(self) -> dict[str, Any]:
        """All of it as it came; nothing in it is a loss any more."""
        self._unread.clear()
        return self._found

    def lose(self, name: str) -> None:
        """Name a loss: a member, or the type of an object that is dropped."""
        self._lost.append(name)

    def losses(self) -> list[str]:
        """All losses here and below, the members that nobody has read among them."""
        lost = self._lost + [name for name in self._unread if self._found[name]]
        return [self._loss(name) for name in lost] + [
            loss for child in self._children for loss in child.losses()
        ]

    def complaint(self, name: str, what: str) -> InvalidRequest:
        """The refusal for one member, for raising."""
        path = self._inner(name)
        return InvalidRequest(f"'{path}' {what}.", param=path)

    def untranslatable(self, name: str, why: str) -> InvalidRequest:
        """The refusal for what only a provider that speaks this protocol could do, for raising."""
        path = self._inner(name)
        return InvalidRequest(
            f"'{path}' cannot be translated for this model: {why}.",
            code="not_translatable",
            hint=f"Leave '{path}' out, or call a model that is served as OpenAI Responses (/v1/responses).",
            param=path,
        )

    def _loss(self, name: str) -> str:
        """The path without indices. What is no plain word is not repeated."""
        path = self._inner(name) if _PLAIN.fullmatch(name) else self.path
        return _INDEX.sub("[]", path)

    def _inner(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path and name else self.path or name

    def _child(self, value: dict[str, Any], path: str) -> "Node":
        child = Node(value, path)
        self._children.append(child)
        return child


def request_in(body: bytes) -> Node:
    """The top level of a body that the codec has accepted."""
    value = read_any(body)
    if not isinstance(value, dict):
        raise InvalidRequest("The request body must be a JSON object.", code="invalid_json")
    return Node(value)


def json_text(value: Any) -> str:
    """A value that has been read, as JSON again."""
    return msgspec.json.encode(value).decode()
