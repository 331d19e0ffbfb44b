"""The life of one call, told in order. Each line names the file to open next."""

import asyncio
import logging
from typing import cast

import msgspec

from proxyapp import front, metering, routing
from proxyapp.admission import Reserved
from proxyapp.auth import Caller, identify, looked_up
from proxyapp.config import Config
from proxyapp.errands import Errands
from proxyapp.error_answers import CUT_OFF, OUR_FAULT, STOPPING, broken_off, refuse
from proxyapp.errors import GatewayError, InvalidRequest, NotReady, Problem
from proxyapp.failover import OFF_LOOP, Failover, Opened
from proxyapp.health import Health
from proxyapp.http import ClientGone, Header, Receive, Reply, Request, Scope, Send
from proxyapp.limits.reservation import Limits
from proxyapp.live import LiveCall, LiveCalls
from proxyapp.metering import Meter
from proxyapp.money import format_usd
from proxyapp.protocols import endpoints
from proxyapp.protocols.base import Call, Codec, CountingCodec
from proxyapp.protocols.bridge import Bridge, printable
from proxyapp.protocols.endpoints import Endpoint
from proxyapp.protocols.filling import last_words
from proxyapp.resp import Redis, RedisAway, RedisRefused
from proxyapp.room import Lease, Room
from proxyapp.routing import Router
from proxyapp.sealing import Sealer
from proxyapp.silence import Clock, Silence
from proxyapp.snapshot import Catalogue, KeyFacts, Target
from proxyapp.store import Store
from proxyapp.stored import StoredResponses, where_it_lies
from proxyapp.upstream.lane import Timeouts, UpstreamError
from proxyapp.upstream.lanes import Lanes
from proxyapp.usage import new_call_id

_LARGE_PART = 16 * 1024
_CALLED = frozenset(("call", "count", "stored"))
log = logging.getLogger(__name__)


class CutOff(Exception):
    """An answer that cannot say what became of it: returning without its end has the server cut it."""


class Gateway:
    """An ASGI application for the wire paths of `protocols.endpoints`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.redis = Redis(config.redis_url)
        self.store = Store(self.redis, config.redis_url)
        self.limits = Limits(self.redis)
        self.live = LiveCalls(self.store, self.limits)
        self._stored = StoredResponses(self.redis)
        health = Health()
        self._router = Router(Sealer.from_text(config.encryption_keys), health)
        self._health = health
        self.room = Room(config.body_room)

    async def start(self) -> None:
        """Begin to serve; to be called in the event loop that will serve."""
        self._lanes = lanes = Lanes()
        self._failover = Failover(lanes, self._health, self.config, Timeouts())
        self._errands = Errands(self._router, self._stored, lanes, self.config)
        self.store.on_catalogue = lambda catalogue: lanes.keep(self._router.roads(catalogue))
        self._clock = Clock(self.config.filler_seconds)
        await self.store.start()
        await self.limits.start()
        await self.live.start()

    async def stop(self) -> None:
        await self.live.stop()
        await self.limits.stop()
        await self.store.stop()
        await self._lanes.aclose()
        self._clock.deadlines.stop()
        await self.redis.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call, whatever becomes of it: an answer, an error in the client's own protocol, or silence."""
        call_id = new_call_id()
        request, reply = Request(scope, receive), Reply(send, call_id)
        endpoint = endpoints.match(request.method, request.path) or endpoints.NOWHERE
        codec = endpoint.codec
        try:
            if endpoint.canonical:
                reply.say(*front.normalized(endpoint))
            if endpoint.kind in _CALLED:
                await self._answer(request, reply, endpoint, call_id)
            else:
                codec = front.codec_of(request, endpoint)
                await front.answer(request, reply, endpoint, self.config.base_url)
        except (ClientGone, CutOff):
            return
        except asyncio.CancelledError:  # the server stops, and nothing has come of this yet
            if not reply.started:
                await refuse(reply, codec, STOPPING, call_id, request.headers)
        except GatewayError as error:
            await refuse(reply, codec, error.problem, call_id, request.headers)
        except Exception:
            log.exception("call %s failed by our own fault", call_id)
            await refuse(reply, codec, OUR_FAULT, call_id, request.headers)

    async def _answer(self, request: Request, reply: Reply, endpoint: Endpoint, call_id: str) -> None:
        codec = endpoint.codec
        caller = await identify(request, self.store, self.config.pepper)
        with self.room.lease(caller.key.organization_id) as lease:
            if endpoint.kind != "call":
                await self._run_errand(request, reply, endpoint, caller, call_id, lease)
                return
            caller, meter, targets = await self._admissible(request, endpoint, caller.digest, call_id, lease)
            bridge = Bridge(codec, meter.call, call_id, request.forwarded())
            targets = await _reachable(targets, bridge, meter.call)
            with self.live.including(caller.digest, meter) as live:
                await self._serve(request, reply, codec, live, targets, bridge, lease)

    async def _run_errand(
        self, request: Request, reply: Reply, endpoint: Endpoint, caller: Caller, call_id: str, lease: Lease
    ) -> None:
        """What is asked of a provider and never billed."""
        codec, key = endpoint.codec, caller.key
        body = await request.body(self.config.largest_body, self.config.body_seconds, lease)
        with self._errands.place(key.organization_id):
            call = await _read(endpoint, body, request)
            known = request.forwarded(), await self._catalogue(), key, call_id
            if endpoint.kind == "count":
                answered = await self._errands.count(cast(CountingCodec, codec), call, *known)
            else:
                answered = await self._errands.look_after(codec, call, *known)
        await reply.whole(200, *answered)

    async def _admissible(
        self, request: Request, endpoint: Endpoint, digest: str, call_id: str, lease: Lease
    ) -> tuple[Caller, Meter, list[Target]]:
        """The call, read and priced, and where it may be sent. Only its meter keeps the body."""
        body = await request.body(self.config.largest_body, self.config.body_seconds, lease)
        call = await _read(endpoint, body, request)
        catalogue = await self._catalogue()
        caller = await looked_up(digest, self.store)  # the body may have taken minutes to arrive
        call = await self._stored.continued(caller.key, call)
        return caller, *self._choose(catalogue, caller.key, call, call_id)

    async def _serve(
        self,
        request: Request,
        reply: Reply,
        codec: Codec,
        live: LiveCall,
        targets: list[Target],
        bridge: Bridge,
        lease: Lease,
    ) -> None:
        """From the reservation to the end of the answer."""
        meter = live.meter
        watch = self.live.watches.begin(request, live)
        try:
            async with Reserved(self.limits, meter) as lowered:
                with Silence(self._clock, reply, meter, lambda: _notes(meter, lowered)) as silence:
                    opened = await self._failover.first_answer(codec, meter, targets, bridge, lowered)
                    bridge.forget_body()
                    meter.forget_body()
                    lease.release()
                    silence.reading = opened.reading
                    try:
                        last = await self._relay(reply, opened, meter, codec, _notes(meter, lowered))
                    finally:
                        opened.answer.close()
            await self._finish(reply, opened, meter, last, _notes(meter, lowered))
        except asyncio.CancelledError:
            watch.cancel()  # it may leave now: what is still to be said is said to nobody then
            if not meter.left:
                await self._stop(reply, codec, meter, request.headers)
        except CutOff:
            raise
        except Exception as error:
            watch.cancel()  # as above
            if not (reply.started and meter.call.stream):
                raise
            problem = error.problem if isinstance(error, GatewayError) else OUR_FAULT
            if problem is OUR_FAULT:
                log.exception("call %s failed in mid-answer by our own fault", meter.call_id)
            await _end_broken(reply, _last_words(codec, problem, meter))
        finally:
            watch.cancel()

    async def _catalogue(self) -> Catalogue:
        try:
            catalogue = await self.store.catalogue()
        except (RedisAway, RedisRefused) as away:
            raise NotReady("The catalogue cannot be read at the moment.", retry_after=2) from away
        if catalogue is None:
            raise NotReady("The catalogue has not been published yet.", retry_after=2)
        return catalogue

    def _choose(
        self, catalogue: Catalogue, key: KeyFacts, call: Call, call_id: str
    ) -> tuple[Meter, list[Target]]:
        model = routing.find(catalogue, call.model)
        price = metering.terms(catalogue, model, key)
        targets = self._router.choose(catalogue, model, call.protocol, call.carriers)
        return Meter(call_id, key, call, model, price), where_it_lies(targets, call)

    async def _relay(
        self, reply: Reply, opened: Opened, meter: Meter, codec: Codec, notes: list[Header]
    ) -> bytes | None:
        """Pass a stream on as it comes; what is still to be sent once the account is settled. None: nothing
        can be said of its breaking off, it is to be cut.
        """
        meter.saw_output()
        if opened.reading.finished:
            await self._stored.remember(meter)
        if not meter.call.stream:
            return b"".join(opened.held)
        if not reply.started:
            await reply.start(200, [*opened.headers, (b"cache-control", b"no-cache"), *notes])
        for held in opened.held:
            if held:
                await reply.part(held)
        answer, reading = opened.answer, opened.reading
        try:
            while (data := await answer.read()) is not None:
                if passed := reading.feed(data):
                    if reading.finished:  # known before the client hears its end, and may go on from it
                        await self._stored.remember(meter)
                    await reply.part(passed)
                    if len(passed) > _LARGE_PART:  # keep no more of it until it is taken
                        del data, passed
                        await reply.part(b"")
        except UpstreamError as error:
            if not reading.finished:  # else what was cut off is not part of the answer
                meter.broken = error.kind
                return codec.fail_stream(CUT_OFF, meter.call_id, meter.call) or None
        rest = reading.end()
        if reading.failure:
            meter.broken = "error_in_stream"
            if meter.converted:  # what the provider says of it has not been passed on
                return codec.fail_stream(broken_off(reading.failure), meter.call_id, meter.call)
        elif not reading.finished:
            meter.broken = "incomplete_stream"
            return rest + codec.fail_stream(CUT_OFF, meter.call_id, meter.call) or None
        return rest

    async def _finish(
        self, reply: Reply, opened: Opened, meter: Meter, last: bytes | None, notes: list[Header]
    ) -> None:
        """The end of the answer, sent once the account is settled."""
        if last is None:
            raise CutOff
        if meter.call.stream:
            await reply.end(last)
            return
        assert meter.final is not None
        cost = (b"x-gateway-cost-usd", format_usd(meter.final.charged).encode())
        await reply.whole(200, [*opened.headers, *notes, cost], last)

    async def _stop(self, reply: Reply, codec: Codec, meter: Meter, asked: list[Header]) -> None:
        """Tell the client why its running call was ended from our side."""
        problem = meter.stopped
        if problem is None or (reply.started and not meter.call.stream):  # nothing that could be said
            raise asyncio.CancelledError
        if reply.started:
            await _end_broken(reply, _last_words(codec, problem, meter))
        else:
            await refuse(reply, codec, problem, meter.call_id, asked)


async def _read(endpoint: Endpoint, body: bytes, request: Request) -> Call:
    read, kind = endpoint.codec.read, request.only(b"content-type")
    try:
        if len(body) > OFF_LOOP:  # reading it here would hold up every other stream
            return await asyncio.to_thread(read, body, endpoint.model, endpoint.verb, request.query, kind)
        return read(body, endpoint.model, endpoint.verb, request.query, kind)
    except InvalidRequest as refused:
        if refused.problem.code == "invalid_json" and kind and "json" not in kind.lower():
            hint = f"The body was sent as {kind[:80]!r}: send JSON, as application/json."
            refused.problem = msgspec.structs.replace(refused.problem, hint=hint)
        raise


async def _end_broken(reply: Reply, last: bytes) -> None:
    """The end of a stream that we end: in its own words or, where it has none, by cutting it."""
    if not last:
        raise CutOff
    await reply.end(last)


async def _reachable(targets: list[Target], bridge: Bridge, call: Call) -> list[Target]:
    """The targets to which the call can be taken. Where the first speaks the client's protocol, whether the
    others can be reached is seen if it comes to that; InvalidRequest where all speak another one and the
    call cannot be translated.
    """
    if call.carriers or targets[0].route.protocol == call.protocol:
        return targets
    try:
        if len(call.body) > OFF_LOOP:
            await asyncio.to_thread(bridge.read)
        else:
            bridge.read()
    except InvalidRequest:
        at_home = [target for target in targets if target.route.protocol == call.protocol]
        if not at_home:
            raise
        return at_home
    return targets


def _notes(meter: Meter, lowered: int | None) -> list[Header]:
    """What we did to the call, said aloud."""
    notes = []
    if lowered is not None:
        notes.append(
            (b"x-gateway-lowered", f"max_output_tokens {meter.ceiling} -> {lowered}; credit".encode())
        )
    if meter.converted:
        notes.append((b"x-gateway-converted", printable(meter.converted)))
    if meter.repaired:
        notes.append((b"x-gateway-repaired", meter.repaired.encode()))
    if len(meter.attempts) > 1:
        notes.append((b"x-gateway-attempts", str(len(meter.attempts)).encode()))
    return notes


def _last_words(codec: Codec, problem: Problem, meter: Meter) -> bytes:
    return last_words(codec, problem, meter.call_id, meter.call, begun=meter.has_output)
