"""What the sandbox has seen, so that tests can check what travelled upstream."""

import hashlib
from base64 import b64encode
from typing import Any

import msgspec

_MOST_TAGS = 1000

Pairs = list[tuple[bytes, bytes]]


class Seen(msgspec.Struct):
    """One request as it arrived."""

    method: str
    path: str
    headers: Pairs
    body: bytes

    def report(self, *, with_body: bool) -> dict[str, Any]:
        found: dict[str, Any] = {
            "method": self.method,
            "path": self.path,
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in self.headers],
            "sha256": hashlib.sha256(self.body).hexdigest(),
            "bytes": len(self.body),
        }
        if with_body:
            found["body"] = self.body.decode(errors="replace")
            found["base64"] = b64encode(self.body).decode()
        return found


class Count(msgspec.Struct):
    """Counters of one tag (or of all requests)."""

    requests: int = 0
    open: int = 0
    aborted: int = 0
    last: Seen | None = None


class Stats:
    """Counters over all requests and per tag; the oldest tags are forgotten beyond a thousand."""

    def __init__(self) -> None:
        self._tags: dict[str, Count] = {}
        self._all = Count()

    def opened(self, tags: set[str], seen: Seen) -> list[Count]:
        """A request has arrived; hand the result to ``closed`` when it has ended."""
        counts = [self._all, *(self._tags.setdefault(tag, Count()) for tag in tags if tag)]
        while len(self._tags) > _MOST_TAGS:
            del self._tags[next(iter(self._tags))]
        for count in counts:
            count.requests += 1
            count.open += 1
            count.last = seen
        return counts

    def closed(self, counts: list[Count], *, aborted: bool) -> None:
        for count in counts:
            count.open -= 1
            count.aborted += aborted

    def report(self, tag: str, *, with_body: bool) -> dict[str, Any]:
        """The counters as JSON values; ``last`` is null before the first request."""
        count = self._tags.get(tag, Count()) if tag else self._all
        last = count.last.report(with_body=with_body) if count.last else None
        return {"requests": count.requests, "open": count.open, "aborted": count.aborted, "last": last}
