"""What a conversation remembers, so that `previous_response_id` means something on any route.

Only the last response is kept, as pieces of JSON that are shared and never read again: all input that led to
it, and its output. Whoever refers to another one is told so, and sends everything once more.
"""

from contextlib import suppress

import msgspec
from msgspec import Raw

from proxyapp.errors import GatewayError
from proxyapp.protocols.counting import BROKEN
from proxyapp.room import Lease

_COMPLETE = ("response.completed", "response.incomplete")
TERMINAL = frozenset((*_COMPLETE, "response.failed", "error"))
"""What is held back until the account is settled."""


class Said(msgspec.Struct, frozen=True):
    """A response and all that led to it: each of `parts` is one or more elements of a JSON array. Where it
    all went on from a response that a provider keeps, that one is the `root`.
    """

    response_id: str
    parts: tuple[bytes, ...]
    root: str | None = None

    @property
    def size(self) -> int:
        return sum(map(len, self.parts))


class Asked(msgspec.Struct):
    """A `response.create`: the body that would have been posted, and what is to be remembered of it."""

    body: bytes  # empty once it has been taken: it may be large, and its call may be long
    model: str
    parts: tuple[bytes, ...]
    root: str | None
    generate: bool  # False: the client only wants to have it remembered
    stored: bool  # whether the provider may keep it


class Load:
    """What one conversation keeps, by purpose, in bytes; all under one lease."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._sizes: dict[str, int] = {}

    def hold(self, purpose: str, size: int) -> None:
        """So much for this purpose from now on; raises as `Lease.hold` does, and then nothing changes."""
        sizes = {**self._sizes, purpose: size}
        self._lease.hold(sum(sizes.values()))
        self._sizes = sizes

    def fits(self, purpose: str, size: int) -> bool:
        """The same; False where there is no room."""
        try:
            self.hold(purpose, size)
        except GatewayError:
            return False
        return True


class _Response(msgspec.Struct):
    id: str = ""
    output: list[Raw] | None = None


class _Event(msgspec.Struct):
    type: str = ""
    item: Raw = Raw()
    response: Raw = Raw()


class _Item(msgspec.Struct):
    type: str = ""
    encrypted_content: str | None = None


_decode_event = msgspec.json.Decoder(_Event).decode
_decode_item = msgspec.json.Decoder(_Item).decode
_decode_response = msgspec.json.Decoder(_Response).decode


class Hearing:
    """Watches the events of one answer. `said` is there once it has ended well."""

    def __init__(self, asked: Asked) -> None:
        self.said: Said | None = None
        self._asked = asked
        self._items: list[bytes] = []

    def take(self, payload: bytes) -> str | None:
        """Note one event: its type, empty where it has none that is known, None where it is no JSON."""
        try:
            event = _decode_event(payload)
        except msgspec.ValidationError:
            return ""
        except (msgspec.DecodeError, RecursionError):
            return None
        if event.type == "response.output_item.done":
            self._items.append(bytes(event.item))
        elif event.type in _COMPLETE:
            with suppress(*BROKEN):  # what cannot be read cannot be gone on from
                self._end(_decode_response(event.response))
        return event.type

    def _end(self, response: _Response) -> None:
        items = self._items or [bytes(item) for item in response.output or ()]
        kept = [item for item in items if self._can_return(item)]
        self.said = Said(response.id, (*self._asked.parts, *kept), self._asked.root)

    def _can_return(self, item: bytes) -> bool:
        """A provider that stores nothing knows its own reasoning only where it comes back encrypted."""
        if self._asked.stored:
            return True
        read = _decode_item(item)
        return read.type != "reasoning" or bool(read.encrypted_content)
