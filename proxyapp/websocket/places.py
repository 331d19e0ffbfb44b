"""How many conversations one process holds, and for whom: each takes the memory of ten idle connections."""

from collections.abc import Iterator
from contextlib import contextmanager

from proxyapp.errors import LimitReached, NotReady

_RETRY_AFTER = 5


class Places:
    """`total` for everybody; no organization takes more than half of them."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._taken: dict[int, int] = {}

    @contextmanager
    def one(self, organization_id: int) -> Iterator[None]:
        """A place for one conversation; LimitReached or NotReady where there is none."""
        own = self._taken.get(organization_id, 0)
        if own >= max(1, self._total // 2):
            raise LimitReached(
                "Your organization has as many WebSockets open as it may have here.",
                code="too_many_websockets",
                hint="Close some, or send POST and read its events.",
                retry_after=_RETRY_AFTER,
            )
        if sum(self._taken.values()) >= self._total:
            raise NotReady(
                "The gateway has as many WebSockets open as it takes.",
                code="gateway_busy",
                hint="Try again shortly, or send POST and read its events.",
                retry_after=_RETRY_AFTER,
            )
        self._taken[organization_id] = own + 1
        try:
            yield
        finally:
            self._taken[organization_id] -= 1
            if not self._taken[organization_id]:
                del self._taken[organization_id]
