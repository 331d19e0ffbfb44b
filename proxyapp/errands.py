"""What is asked of a provider and never billed: counting tokens, and looking after stored responses.

An errand takes no hold, counts against no limit of its key and leaves no event; so it is bounded here, by
places in the process. Its failures cool no target down: a provider that cannot count may still answer.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from proxyapp import routing
from proxyapp.config import Config
from proxyapp.errors import GatewayError, LimitReached, UpstreamRefused
from proxyapp.failover import OFF_LOOP, Failover
from proxyapp.health import Health
from proxyapp.http import Header
from proxyapp.metering import Meter, Terms
from proxyapp.protocols.base import Call, Codec, CountingCodec
from proxyapp.protocols.bridge import Bridge
from proxyapp.routing import Router
from proxyapp.snapshot import Catalogue, KeyFacts, PriceFacts
from proxyapp.stored import StoredResponses, where_it_lies
from proxyapp.upstream.lane import Lane, Timeouts
from proxyapp.usage import METERS

PLACES = 256
PLACES_EACH = PLACES // 2
ESTIMATED: Header = (b"x-gateway-estimated", b"true")
_FREE = Terms(PriceFacts(0, dict.fromkeys(METERS, 0)), 0)
_PATIENCE = Timeouts(connect=5.0, first_byte=20.0, idle=20.0, total=20.0)
_CANNOT_COUNT = frozenset((404, 405))

Answered = tuple[list[Header], bytes]


class Errands:
    """Carries them. One organization takes at most half of the places."""

    def __init__(self, router: Router, stored: StoredResponses, lane: Lane, config: Config) -> None:
        self._router = router
        self._stored = stored
        self._failover = Failover(lane, Health(), config, _PATIENCE)
        self._taken: dict[int, int] = {}

    @contextmanager
    def place(self, organization_id: int) -> Iterator[None]:
        """A place for one errand; LimitReached where there is none."""
        own = self._taken.get(organization_id, 0)
        if own >= PLACES_EACH or sum(self._taken.values()) >= PLACES:
            raise LimitReached(
                "Too many requests of this kind are under way.",
                code="too_many_concurrent_calls",
                hint="Send fewer of them at a time.",
                retry_after=1,
            )
        self._taken[organization_id] = own + 1
        try:
            yield
        finally:
            self._taken[organization_id] -= 1
            if not self._taken[organization_id]:
                del self._taken[organization_id]

    async def count(
        self,
        codec: CountingCodec,
        call: Call,
        headers: list[Header],
        catalogue: Catalogue,
        key: KeyFacts,
        call_id: str,
    ) -> Answered:
        """How many tokens it has: by the provider, or estimated where no provider of the model counts."""
        call = await self._stored.continued(key, call)
        routing.find(catalogue, call.model)
        try:
            return await self._carried(codec, call, headers, catalogue, key, call_id)
        except UpstreamRefused as refused:
            if refused.problem.status not in _CANNOT_COUNT:
                raise
        except GatewayError:
            pass  # no route of this protocol, or none that answers: an estimate serves better than an error
        if len(call.body) > OFF_LOOP:
            estimate = await asyncio.to_thread(codec.estimate, call)
        else:
            estimate = codec.estimate(call)
        return [(b"content-type", b"application/json"), ESTIMATED], estimate

    async def look_after(
        self,
        codec: Codec,
        call: Call,
        headers: list[Header],
        catalogue: Catalogue,
        key: KeyFacts,
        call_id: str,
    ) -> Answered:
        """What the provider says of a stored response, or does with it."""
        call = await self._stored.continued(key, call)
        answered = await self._carried(codec, call, headers, catalogue, key, call_id)
        if call.method == b"DELETE":
            await self._stored.forget(key, call.previous)
        return answered

    async def _carried(
        self,
        codec: Codec,
        call: Call,
        headers: list[Header],
        catalogue: Catalogue,
        key: KeyFacts,
        call_id: str,
    ) -> Answered:
        model = routing.find(catalogue, call.model)
        targets = self._router.choose(catalogue, model, call.protocol, call.carriers)
        meter = Meter(call_id, key, call, model, _FREE)
        bridge = Bridge(codec, call, call_id, headers)
        opened = await self._failover.first_answer(codec, meter, where_it_lies(targets, call), bridge, None)
        opened.answer.close()
        return opened.headers, b"".join(opened.held)
