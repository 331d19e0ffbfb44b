"""Which result belongs to which call. Gemini's calls often have no id; then name and order tell."""


class Calls:
    """The calls of a conversation, in order. Ids that are missing or given twice are made of the position."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._open: list[tuple[str, str, str]] = []  # id as given, name, id

    def opened(self, given: str, name: str) -> str:
        """The id of a call: unique in the conversation, and the same whenever it is read again."""
        id = given
        count = len(self._ids)
        while not id or id in self._ids:
            id = f"call_{count}"
            count += 1
        self._ids.add(id)
        self._open.append((given, name, id))
        return id

    def answered(self, given: str, name: str) -> str:
        """The id of the call that a result answers; empty where none is open."""
        found = [call for call in self._open if given and call[0] == given]
        found = found or [call for call in self._open if call[1] == name]
        if not found:
            return ""
        self._open.remove(found[0])
        return found[0][2]
