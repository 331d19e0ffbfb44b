"""Cool-downs: a credential at a route that has just failed is passed over for a while."""

import time


class Health:
    """Remembers, in this process, which targets are cooling down. Bounded by the size of the catalogue."""

    def __init__(self) -> None:
        self._until: dict[tuple[int, int], float] = {}

    def cool(self, route_id: int, credential_id: int, seconds: float) -> None:
        self._until[route_id, credential_id] = time.monotonic() + seconds

    @property
    def is_any_cooling(self) -> bool:
        """Whether it is worth asking of each."""
        return bool(self._until)

    def is_cooling(self, route_id: int, credential_id: int) -> bool:
        until = self._until.get((route_id, credential_id))
        if until is None:
            return False
        if until <= time.monotonic():
            del self._until[route_id, credential_id]
            return False
        return True
