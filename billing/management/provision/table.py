"""Reading one table of a file field by field; what is wrong is noted by its path, and reading goes on."""

import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from difflib import get_close_matches

from proxyapp import money

Problems = list[str]
_AMOUNT = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_MOST_DIGITS = 28  # as many as decimal arithmetic keeps exactly
_KINDS = {
    bool: "a boolean",
    int: "a number",
    Decimal: "a number",
    str: "text",
    list: "an array",
    dict: "a table",
}


class Table:
    """One table. Every field is asked for by name; `end` reports those that nobody asked for.

    A field that is missing or wrong is read as None (text: as ``""``), after its problem has been noted.
    """

    def __init__(self, values: dict[str, object], problems: Problems, path: str = "") -> None:
        self.path = path
        self._values = values
        self._problems = problems
        self._known: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def at(self, name: str) -> str:
        """The path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def refuse(self, name: str, problem: str) -> None:
        self._problems.append(f"{self.at(name)}: {problem}")

    def end(self) -> None:
        """Report unknown fields, each with the known name that it resembles."""
        for name in self._values:
            if name in self._known:
                continue
            near = get_close_matches(name, self._known, 1)
            self.refuse(name, f"unknown field (did you mean {near[0]}?)" if near else "unknown field")

    def text(self, name: str, longest: int, *, required: bool = True) -> str:
        value = self._take(name, required, str, "text")
        if not isinstance(value, str):
            return ""
        if not value or value != value.strip() or not value.isprintable():
            self.refuse(name, "must be printable text without spaces around it, and not empty")
        elif len(value) > longest:
            self.refuse(name, f"is longer than {longest} characters")
        else:
            return value
        return ""

    def lines(self, name: str) -> str | None:
        """Text of any shape, perhaps of none; None where the field is not there."""
        value = self._take(name, False, str, "text")
        return value.strip() if isinstance(value, str) else None

    def choice(self, name: str, options: Collection[str], *, required: bool = True) -> str:
        value = self.text(name, 100, required=required)
        if not value or value in options:
            return value
        near = get_close_matches(value, options, 1)
        guess = f" (did you mean {near[0]}?)" if near else ""
        self.refuse(name, f"must be one of {', '.join(options)}, not {value}{guess}")
        return ""

    def flag(self, name: str) -> bool | None:
        value = self._take(name, False, bool, "true or false")
        return value if isinstance(value, bool) else None

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        value = self._take(name, False, int, "a whole number")
        if not isinstance(value, int):
            return None
        if not low <= value <= high:
            self.refuse(name, f"must be from {low} to {high}, not {value}")
            return None
        return value

    def usd(self, name: str) -> Decimal | None:
        """An exact amount, written as a number or as text."""
        value = self._take(name, False, (int, Decimal, str), "an amount in USD")
        if value is None:
            return None
        if isinstance(value, str) and not _AMOUNT.fullmatch(value):
            self.refuse(name, f"must be an amount in USD such as 12.50, not {value[:40]!r}")
            return None
        amount = Decimal(value) if isinstance(value, str | int) else value
        assert isinstance(amount, Decimal)
        if not amount.is_finite():
            self.refuse(name, "must be a finite amount")
        elif amount < 0:
            self.refuse(name, "must not be negative")
        elif len(amount.as_tuple().digits) > _MOST_DIGITS or abs(amount.adjusted()) > _MOST_DIGITS:
            self.refuse(name, "has more digits than can be booked exactly")
        else:
            return amount
        return None

    def nano(self, name: str) -> int | None:
        """An amount in USD as nano-USD."""
        usd = self.usd(name)
        try:
            return None if usd is None else money.nano_from_usd(usd)
        except ValueError as error:
            self.refuse(name, str(error))
            return None

    def table(self, name: str, *, required: bool = False) -> "Table | None":
        value = self._take(name, required, dict, "a table")
        return Table(value, self._problems, self.at(name)) if isinstance(value, dict) else None

    def tables(self, name: str, *, required: bool = False) -> "list[Table] | None":
        """The tables of an array, with an empty one in the place of what is not a table."""
        value = self._take(name, required, list, "an array of tables")
        if not isinstance(value, list):
            return None
        return [self._entry(f"{self.at(name)}[{index}]", entry) for index, entry in enumerate(value)]

    def _entry(self, path: str, entry: object) -> "Table":
        if isinstance(entry, dict):
            return Table(entry, self._problems, path)
        self._problems.append(f"{path}: must be a table, not {_kind(entry)}")
        return Table({}, [], path)  # nobody needs to hear what an entry lacks that is none

    def refuse_repeated(self, array: str, names: Iterable[str], field: str = "name") -> None:
        """Note every name of an array that has been there before; empty ones are not names."""
        seen: dict[str, int] = {}
        for index, name in enumerate(names):
            if name and seen.setdefault(name, index) != index:
                self.refuse(
                    f"{array}[{index}].{field}", f"duplicate of {self.at(array)}[{seen[name]}].{field}"
                )

    def names(self) -> list[str]:
        """The fields that are there, for tables whose names are data."""
        return list(self._values)

    def _take(self, name: str, required: bool, kinds: type | tuple[type, ...], wanted: str) -> object:
        self._known.append(name)
        value = self._values.get(name)
        if value is None:
            if required:
                self.refuse(name, "is missing")
            return None
        # To Python a boolean is a number; to the writer of the file it never is.
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            self.refuse(name, f"must be {wanted}, not {_kind(value)}")
            return None
        return value


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date or time")
