"""Which result belongs to which call. Gemini's calls often have no id; then name and order tell."""

from collections import defaultdict, deque

from msgspec import Struct


class _Call(Struct):
    id: str
    answered: bool = False


class Calls:
    """The calls of a conversation, in order. Ids that are missing or given twice are made of the position."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._next = 0  # the position to make the next id of
        self._given: defaultdict[str, deque[_Call]] = defaultdict(deque)  # by the id as given
        self._named: defaultdict[str, deque[_Call]] = defaultdict(deque)

    def opened(self, given: str, name: str) -> str:
        """The id of a call: unique in the conversation, and the same whenever it is read again."""
        id = given
        self._next = max(self._next, len(self._ids))
        while not id or id in self._ids:
            id = f"call_{self._next}"
            self._next += 1
        self._ids.add(id)
        call = _Call(id)
        self._given[given].append(call)
        self._named[name].append(call)
        return id

    def answered(self, given: str, name: str) -> str:
        """The id of the call that a result answers; empty where none is open."""
        found = (_first_open(self._given[given]) if given else None) or _first_open(self._named[name])
        if found is None:
            return ""
        found.answered = True
        return found.id


def _first_open(calls: deque[_Call]) -> _Call | None:
    while calls and calls[0].answered:
        calls.popleft()
    return calls[0] if calls else None
