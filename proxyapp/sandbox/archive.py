"""The responses that the sandbox keeps (OpenAI's ``store``), each for the credential that asked for it."""

from collections import OrderedDict

import msgspec

_MOST = 1000


class Kept(msgspec.Struct, frozen=True):
    """``document`` is the whole response as JSON, ``items`` the JSON array of its input."""

    document: bytes
    items: bytes
    tokens: int
    """Input and output: what it adds to the input of a request that goes on from it."""


class Archive:
    """The latest thousand, until the process ends."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()

    def keep(self, credential: str, response_id: str, kept: Kept) -> None:
        self._kept[credential, response_id] = kept
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def find(self, credential: str, response_id: str) -> Kept | None:
        return self._kept.get((credential, response_id))

    def delete(self, credential: str, response_id: str) -> None:
        self._kept.pop((credential, response_id), None)
