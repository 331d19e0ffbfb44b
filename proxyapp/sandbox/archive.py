"""The responses that the sandbox keeps (OpenAI's ``store``), each for the credential that asked for it."""

from collections import OrderedDict

import msgspec

_MOST = 1000
_MOST_BYTES = 64 * 1024 * 1024


class Kept(msgspec.Struct, frozen=True):
    """``document`` is the whole response as JSON, ``items`` the JSON array of its input."""

    document: bytes
    items: bytes
    tokens: int
    """Input and output: what it adds to the input of a request that goes on from it."""

    @property
    def size(self) -> int:
        return len(self.document) + len(self.items)


class Archive:
    """The latest thousand, or fewer where they are large, until the process ends."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._bytes = 0

    def keep(self, credential: str, response_id: str, kept: Kept) -> None:
        """Each response has an id of its own."""
        self._kept[credential, response_id] = kept
        self._bytes += kept.size
        while len(self._kept) > _MOST or self._bytes > _MOST_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size

    def find(self, credential: str, response_id: str) -> Kept | None:
        return self._kept.get((credential, response_id))

    def delete(self, credential: str, response_id: str) -> None:
        if kept := self._kept.pop((credential, response_id), None):
            self._bytes -= kept.size
