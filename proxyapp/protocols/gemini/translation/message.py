"""Reading proto JSON with care. Every member has two spellings (`fileUri`, `file_uri`), null is an absent
member, and a single object may stand where a list of one is meant.

What nobody took of a message is a loss. Complaints and losses name members in camel case, as Google's
reference does.
"""

import re
from typing import Any

from proxyapp.errors import InvalidRequest

_INDEX = re.compile(r"\[\d+\]")
_WORD = re.compile(r"_([a-z0-9])")


class Message:
    """The members of one object; each can be taken once. InvalidRequest where one is of the wrong type."""

    __slots__ = ("_found", "_losses", "path")

    def __init__(self, value: Any, path: str, losses: list[str]) -> None:
        self.path = path
        self._losses = losses
        self._found: dict[str, Any] = {}
        for key, item in _object(value, path).items():
            name = camel(key)
            if name in self._found:
                raise complaint(self.where(key), f"is the same as '{name}'; send one of them")
            if item is not None:
                self._found[name] = item

    def where(self, name: str) -> str:
        """The path of a member."""
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        """Whether the member is there and not taken."""
        return name in self._found

    def take(self, name: str) -> Any:
        """The member as it is, None where absent."""
        return self._found.pop(name, None)

    def text(self, name: str) -> str:
        """A string, empty where absent."""
        value = self.take(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise complaint(self.where(name), "must be a string")
        return value

    def word(self, name: str) -> str:
        """The name of an enum's value, in upper case."""
        return self.text(name).upper()

    def flag(self, name: str) -> bool | None:
        value = self.take(name)
        if value is None or isinstance(value, bool):
            return value
        raise complaint(self.where(name), "must be true or false")

    def number(self, name: str) -> float | None:
        """A number as the client wrote it, whole or not."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise complaint(self.where(name), "must be a number")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number; 64.0 is one."""
        value = self.number(name)
        if isinstance(value, float) and not value.is_integer():
            raise complaint(self.where(name), "must be a whole number")
        return None if value is None else int(value)

    def mapping(self, name: str) -> dict[str, Any] | None:
        """An object whose members are data."""
        value = self.take(name)
        return None if value is None else _object(value, self.where(name))

    def message(self, name: str) -> "Message | None":
        value = self.take(name)
        return None if value is None else Message(value, self.where(name), self._losses)

    def messages(self, name: str) -> list["Message"]:
        """A list of messages, empty where absent."""
        return [Message(item, path, self._losses) for path, item in self._items(name)]

    def texts(self, name: str) -> list[str]:
        """A list of strings, empty where absent."""
        found = self._items(name)
        for path, item in found:
            if not isinstance(item, str):
                raise complaint(path, "must be a string")
        return [item for _, item in found]

    def _items(self, name: str) -> list[tuple[str, Any]]:
        value = self.take(name)
        if value is None:
            return []
        where = self.where(name)
        if not isinstance(value, list):
            return [(where, value)]
        return [(f"{where}[{index}]", item) for index, item in enumerate(value)]

    def lose(self, name: str) -> None:
        """Note that this member cannot be carried."""
        self.take(name)
        self._losses.append(_INDEX.sub("[]", self.where(name)))

    def lose_rest(self) -> None:
        """Note that nothing else of this message can be carried."""
        for name in list(self._found):
            self.lose(name)


def camel(key: str) -> str:
    """The usual spelling of a member's name."""
    return _WORD.sub(lambda found: found[1].upper(), key) if "_" in key else key


def complaint(path: str, what: str) -> InvalidRequest:
    """The refusal for one field, for raising."""
    return InvalidRequest(f"'{path}' {what}.", param=path)


def untranslatable(path: str, what: str) -> InvalidRequest:
    """The refusal of what only Gemini itself can give, for raising."""
    return InvalidRequest(
        f"'{path}' {what} where the model is served in another protocol than Gemini's.",
        code="not_translatable",
        hint="Ask a model that is served natively by generateContent, or leave this field out.",
        param=path,
    )


def _object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise complaint(path or "body", "must be an object")
    return value
