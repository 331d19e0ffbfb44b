"""The members of an object in a request, taken one by one by their type; what nobody takes is a loss."""

import re
from typing import Any

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.body import MOST_TOKENS

_INDEX = re.compile(r"\[\d+\]")
_UNFIT = re.compile(r"[^A-Za-z0-9_.\[\]-]")
_LONGEST_NAME = 60


class Fields:
    """One object. `null` counts as absent. Every complaint is an InvalidRequest that names the path, as in
    `messages[3].content[0].text`; a loss is named without indices. Losses go to the list all objects share.
    """

    __slots__ = ("_found", "_losses", "_taken", "where")

    def __init__(self, found: Any, where: str, losses: list[str]) -> None:
        if not isinstance(found, dict):
            raise InvalidRequest(f"'{where}' must be an object.", param=where)
        self._found: dict[str, Any] = found
        self._losses = losses
        self._taken: set[str] = set()
        self.where = where

    def take(self, name: str) -> Any:
        """A member of any type; None where absent."""
        self._taken.add(name)
        return self._found.get(name)

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self._found.get(name) is not None

    def text(self, name: str) -> str:
        """A string, empty where absent."""
        value = self.take(name)
        if value is not None and not isinstance(value, str):
            raise self.complaint(name, "must be a string")
        return value or ""

    def required(self, name: str) -> str:
        """A string that must be there."""
        if not self.has(name):
            raise self.complaint(name, "is required")
        return self.text(name)

    def flag(self, name: str) -> bool | None:
        """A boolean, or None where absent."""
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            raise self.complaint(name, "must be true or false")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number that is not negative, or None where absent."""
        value = self.take(name)
        if value is not None and (type(value) is not int or not 0 <= value <= MOST_TOKENS):
            raise self.complaint(name, f"must be a whole number from 0 to {MOST_TOKENS}")
        return value

    def number(self, name: str) -> float | None:
        """A number, or None where absent."""
        value = self.take(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self.complaint(name, "must be a number")
        return value

    def members(self, name: str) -> dict[str, Any]:
        """An object as it is, empty where absent."""
        value = self.take(name)
        if value is not None and not isinstance(value, dict):
            raise self.complaint(name, "must be an object")
        return value or {}

    def texts(self, name: str) -> list[str]:
        """A list of strings, empty where absent."""
        values = self._list(name)
        for index, value in enumerate(values):
            if not isinstance(value, str):
                raise self.complaint(f"{name}[{index}]", "must be a string")
        return values

    def inner(self, name: str) -> "Fields | None":
        """An object inside, or None where absent."""
        value = self.take(name)
        return None if value is None else Fields(value, self.path(name), self._losses)

    def each(self, name: str) -> "list[Fields]":
        """The objects of a list, empty where absent."""
        where = self.path(name)
        return [
            Fields(value, f"{where}[{index}]", self._losses) for index, value in enumerate(self._list(name))
        ]

    def _list(self, name: str) -> list[Any]:
        value = self.take(name)
        if value is not None and not isinstance(value, list):
            raise self.complaint(name, "must be a list")
        return value or []

    def path(self, name: str) -> str:
        """The path of a member, for complaints."""
        return f"{self.where}.{name}" if self.where else name

    def complaint(self, name: str, what: str) -> InvalidRequest:
        """The refusal for one member, for raising."""
        path = self.path(name)
        return InvalidRequest(f"'{path}' {what}.", param=path)

    def untranslatable(self, name: str, what: str) -> InvalidRequest:
        """The refusal of what no translation can give, for raising."""
        path = self.path(name)
        return InvalidRequest(
            f"'{path}' {what}, which this model's provider cannot be asked for in another protocol.",
            code="not_translatable",
            hint="Call a model that is served natively by Anthropic Messages (POST /v1/messages).",
            param=path,
        )

    def lose(self, name: str = "") -> None:
        """Name a member, or all of this object, as what could not be said. Names of members come from the
        client, so only letters that are safe anywhere are kept of them."""
        where = _INDEX.sub("[]", self.where)
        name = _UNFIT.sub("?", name[:_LONGEST_NAME])
        self._losses.append(f"{where}.{name}" if where and name else where or name)

    def leave(self, *known: str) -> None:
        """Name everything that was not taken, but for what is known to mean nothing elsewhere."""
        for name, value in self._found.items():
            if name not in self._taken and name not in known and value is not None:
                self.lose(name)
