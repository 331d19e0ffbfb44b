"""Details of reasoning, which a stream brings in pieces."""

from typing import Any

from proxyapp.protocols.canonical import Seal
from proxyapp.protocols.openai_chat.translation.thinking import TEXTS, Detail, seal_of


class Fragments:
    """Joins the pieces of one text: pieces of the same type and index that follow each other."""

    def __init__(self) -> None:
        self._entries: list[Detail] = []
        self._pieces: list[str] = []  # of the text of the last entry

    def add(self, details: list[Detail]) -> None:
        for detail in details:
            last = self._entries[-1] if self._entries else None
            name = TEXTS.get(str(detail.get("type")), "")
            if name and last is not None and _place(last) == _place(detail):
                last.update({key: value for key, value in detail.items() if value is not None})
            else:
                self._join()
                self._entries.append(dict(detail))
            piece = detail.get(name)
            if name and isinstance(piece, str):
                self._pieces.append(piece)

    def seal(self) -> Seal:
        """The seal of all that has come; then there is nothing."""
        self._join()
        seal = seal_of(self._entries)
        self._entries = []
        return seal

    def _join(self) -> None:
        if self._pieces:
            last = self._entries[-1]
            last[TEXTS[last["type"]]] = "".join(self._pieces)
            self._pieces = []


def _place(detail: Detail) -> tuple[Any, Any]:
    return detail.get("type"), detail.get("index")
