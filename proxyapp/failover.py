"""From the targets of a call to the first answer with real output in it; after that there is no way back.

A stream is held until its first content, so that an empty stream or an error at its beginning is tried
elsewhere unseen. What a provider says about *our* credential or *its* capacity is never the client's
business; what it says about the request itself is passed on, and not tried again.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from proxyapp.config import Config
from proxyapp.errors import GatewayError, InvalidRequest, UpstreamFailed, UpstreamRefused, UpstreamTimeout
from proxyapp.health import Health
from proxyapp.http import Header, passed_back
from proxyapp.metering import Meter
from proxyapp.protocols import oversize
from proxyapp.protocols.base import Codec, Reading
from proxyapp.protocols.bridge import Bridge, Way, content_type
from proxyapp.snapshot import RouteFacts, Target
from proxyapp.upstream.lane import Answer, Lane, Outgoing, Timeouts, UpstreamError
from proxyapp.usage import Attempt

OFF_LOOP = 256 * 1024
"""Bytes of a body above which reading or translating it in the loop would hold up every other stream."""

_MOST_ATTEMPTS = 3
_PAUSE = 0.15
_HELD_BACK = 256 * 1024
_CREDENTIAL = frozenset((401, 402, 403))
_CAPACITY = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529))
_PATIENCE_SPENT = frozenset(("timeout_first_byte", "timeout_idle", "timeout_total"))
_LENGTH = frozenset((400, 413, 422))
_OUR_BILL = "credit balance is too low"
_COOL_CREDENTIAL = 60.0
_COOL_CAPACITY = 5.0
_LONGEST_COOL = 300.0
T = TypeVar("T")
_WHOLE_ANSWER = 600.0  # seconds until the first byte of an answer that is not streamed, as clients wait


class Opened:
    """An answer that has begun: its status, its headers, and the bytes that were held back until now."""

    __slots__ = ("answer", "headers", "held", "reading")

    def __init__(self, answer: Answer, headers: list[Header], reading: Reading, held: list[bytes]) -> None:
        self.answer = answer
        self.headers = headers  # those that reach the client
        self.reading = reading
        self.held = held


class Failover:
    """Tries targets in order; knows which failures are worth another try, and what they say of a target."""

    def __init__(self, lane: Lane, health: Health, config: Config, timeouts: Timeouts) -> None:
        self._lane = lane
        self._health = health
        self._config = config
        self._timeouts = {True: timeouts, False: replace(timeouts, first_byte=_WHOLE_ANSWER)}  # by `stream`

    async def first_answer(
        self, codec: Codec, meter: Meter, targets: list[Target], bridge: Bridge, ceiling: int | None
    ) -> Opened:
        """The first good answer, its target and attempts noted in `meter`; else the GatewayError to tell."""
        failure: GatewayError | None = None
        for number in range(_MOST_ATTEMPTS):
            if number >= max(2, len(targets)):
                break
            if number >= len(targets):  # the same target once more: give it a moment
                await asyncio.sleep(_PAUSE)
            meter.target = target = targets[number % len(targets)]
            began = time.monotonic()
            try:
                opened = await self._mended(codec, meter, target, bridge, ceiling)
            except UpstreamError as error:
                self._give_up(meter, target, 0, error.kind, began, _COOL_CAPACITY)
                failure = _failure_of(error)
                if error.kind in _PATIENCE_SPENT:
                    break
            except _Unwell as unwell:
                self._give_up(meter, target, unwell.status, unwell.reason, began, unwell.cool)
                failure = unwell.error
            except UpstreamRefused as refused:
                self._note(meter, target, refused.problem.status, refused.problem.code, began)
                raise
            except InvalidRequest:  # it cannot be translated for this target, and others have failed before
                if failure is None:
                    raise
                break
            else:
                self._note(meter, target, opened.answer.status, "", began)
                return opened
        assert failure is not None
        raise failure

    async def _mended(
        self, codec: Codec, meter: Meter, target: Target, bridge: Bridge, ceiling: int | None
    ) -> Opened:
        """One attempt, and one more at once where the provider refuses what can be mended."""
        began = time.monotonic()
        try:
            return await self._attempt(codec, meter, target, bridge, ceiling)
        except UpstreamRefused as refused:
            problem = refused.problem
            if problem.status != 400:
                raise
            if not (done := await _worked_on(meter, lambda: bridge.repair(problem.message))):
                raise
            self._note(meter, target, problem.status, problem.code, began)
            meter.repaired = done
        return await self._attempt(codec, meter, target, bridge, ceiling)

    async def _attempt(
        self, codec: Codec, meter: Meter, target: Target, bridge: Bridge, ceiling: int | None
    ) -> Opened:
        route = target.route
        way = await _way(bridge, route, ceiling, meter)
        answer = await self._lane.open(
            Outgoing(
                method=way.call.method,
                url=way.codec.target(route.base_url, way.call, route.upstream_model),
                headers=[
                    *way.headers,
                    *way.codec.credentials(target.secret),
                    (b"accept-encoding", b"identity"),
                ],
                body=way.body,
                allow_private=route.allow_private,
                road=target.road,
            ),
            self._timeouts[way.call.stream],
        )
        try:
            if answer.status != 200:
                raise await self._refusal(way.codec, answer, meter)
            meter.converted = way.converted
            meter.reading = way.watch(codec)
            held = await (self._first_output if way.call.stream else self._document)(answer, meter.reading)
        except BaseException:
            answer.close()
            raise
        return Opened(answer, _headers_back(answer, way), meter.reading, held)

    async def _document(self, answer: Answer, reading: Reading) -> list[bytes]:
        body = await answer.read_all(self._config.largest_answer)
        passed = await read_document(reading, body)
        if reading.failure:
            raise _Unwell(200, "error_in_answer", _COOL_CAPACITY, _failed(200))
        return [passed]

    async def _first_output(self, answer: Answer, reading: Reading) -> list[bytes]:
        held: list[bytes] = []
        size = 0
        while not (reading.started or reading.finished) and size < _HELD_BACK:
            data = await answer.read()
            if data is None:
                held.append(reading.end())
                break
            size += len(data)
            held.append(reading.feed(data))
            if reading.failure and not reading.started:
                raise _Unwell(200, "error_in_stream", _COOL_CAPACITY, _failed(200))
        if not reading.started and not reading.finished and size < _HELD_BACK:
            raise _Unwell(200, "empty_stream", _COOL_CAPACITY, _failed(200))
        return held

    async def _refusal(self, codec: Codec, answer: Answer, meter: Meter) -> Exception:
        body = await answer.read_all(self._config.largest_answer)
        status = answer.status
        if status in _CREDENTIAL or status < 400:  # it moved, or this is not what we dialled it for
            return _Unwell(status, f"status_{status}", _COOL_CREDENTIAL, _failed(status))
        if status in _CAPACITY or status >= 500:
            cool = min(_retry_after(answer) or _COOL_CAPACITY, _LONGEST_COOL)
            return _Unwell(status, f"status_{status}", cool, _failed(status, cool))
        words = codec.refusal(status, body)
        if _OUR_BILL in words.lower():  # said with a 400, but it is our account that is meant
            return _Unwell(status, "account_without_credit", _COOL_CREDENTIAL, _failed(status))
        if status in _LENGTH and oversize.is_about_length(words):
            return oversize.too_long(meter.call, words, meter.model.context_tokens, meter.ceiling)
        return UpstreamRefused(
            words or "The provider did not accept this request.",
            status=status,
            hint="The provider says so; sending the same request again will not help.",
        )

    def _give_up(
        self, meter: Meter, target: Target, status: int, error: str, began: float, cool: float
    ) -> None:
        """This attempt has failed: what was read of it is delivered to nobody, and nobody pays for it."""
        self._note(meter, target, status, error, began)
        self._health.cool(target.route_id, target.credential_id, cool)
        meter.reading = None

    def _note(self, meter: Meter, target: Target, status: int, error: str, began: float) -> None:
        meter.attempts.append(
            Attempt(
                route_id=target.route_id,
                provider_id=target.route.provider_id,
                status=status,
                error=error,
                milliseconds=round((time.monotonic() - began) * 1000),
            )
        )


async def read_document(reading: Reading, body: bytes) -> bytes:
    """What is to be passed on of a whole answer."""
    if len(body) > OFF_LOOP:
        return await asyncio.to_thread(_read_now, reading, body)
    return _read_now(reading, body)


def _read_now(reading: Reading, body: bytes) -> bytes:
    return reading.feed(body) + reading.end()


async def _way(bridge: Bridge, route: RouteFacts, ceiling: int | None, meter: Meter) -> Way:
    told = (route.protocol, route.upstream_model, ceiling, meter.ceiling)
    if bridge.passes(route.protocol, route.upstream_model, ceiling):
        return bridge.way(*told)
    return await _worked_on(meter, lambda: bridge.way(*told))


async def _worked_on(meter: Meter, work: Callable[[], T]) -> T:
    """What comes of this work on the body of the call; in a thread, where that may take long."""
    return work() if len(meter.call.body) <= OFF_LOOP else await asyncio.to_thread(work)


def _headers_back(answer: Answer, way: Way) -> list[Header]:
    if way.frame is None:
        return passed_back(answer.headers)
    return [content_type(way.frame, stream=way.call.stream)]


class _Unwell(Exception):
    """The target could not serve this call now: the next one is tried, this one cools down."""

    def __init__(self, status: int, reason: str, cool: float, error: GatewayError) -> None:
        super().__init__(reason)
        self.status, self.reason, self.cool, self.error = status, reason, cool, error


def _failed(status: int, wait: float = _COOL_CAPACITY) -> GatewayError:
    if status in (429, 503, 529):
        return UpstreamFailed(
            "The provider of this model is overloaded at the moment.",
            code="upstream_overloaded",
            status=503,
            hint="Try again shortly.",
            retry_after=max(1, round(wait)),
        )
    return UpstreamFailed(
        "The provider of this model could not answer.", hint="Try again; nothing was charged.", retry_after=2
    )


def _failure_of(error: UpstreamError) -> GatewayError:
    if error.kind.startswith("timeout"):
        return UpstreamTimeout(
            "The provider of this model did not answer in time.",
            hint="Try again; nothing was charged.",
            retry_after=2,
        )
    return _failed(0)


def _retry_after(answer: Answer) -> float | None:
    for name, value in answer.headers:
        if name == b"retry-after" and value.isdigit():
            return float(value)
    return None
