"""`async with Reserved(...)`: nothing is dialled without a hold, and no hold outlives its call.

Entering reserves the worst case; where the money is short but still useful, the output ceiling is lowered to
what it buys. Leaving settles, exactly once, whichever way the call ended.
"""

import asyncio
from types import TracebackType

from proxyapp.error_answers import STOPPING
from proxyapp.errors import GatewayError
from proxyapp.limits.refusals import Short, out_of_money
from proxyapp.limits.reservation import Limits
from proxyapp.metering import Meter, encode, refuse_unbounded
from proxyapp.usage import Outcome

_USEFUL_OUTPUT = 256
CLIENT_LEFT = 499


class Reserved:
    """Gives the lowered output ceiling, or None where the client's own stands."""

    __slots__ = ("_limits", "_meter")

    def __init__(self, limits: Limits, meter: Meter) -> None:
        self._limits = limits
        self._meter = meter

    async def __aenter__(self) -> int | None:
        return await _reserve(self._limits, self._meter)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        limits, meter = self._limits, self._meter
        if error is None:
            outcome: Outcome = "upstream_failed" if meter.broken else "completed"
            await _settle(limits, meter, outcome, 200, meter.broken)
        elif isinstance(error, GatewayError):
            problem = error.problem
            outcome = "refused" if problem.status < 500 else "upstream_failed"
            await _settle(limits, meter, outcome, meter.told(problem.status), problem.code)
        elif isinstance(error, asyncio.CancelledError):
            await _settle_cancelled(limits, meter)
        else:
            await _settle(limits, meter, "upstream_failed", meter.told(500), "internal_error")


async def _reserve(limits: Limits, meter: Meter) -> int | None:
    call, key, terms = meter.call, meter.key, meter.terms
    ceiling = meter.ceiling
    if key.enforcement == "relaxed":
        await _hold_or_refuse(limits, meter, terms.expected(call, ceiling))
        return None
    refuse_unbounded(call)
    try:
        await _hold(limits, meter, terms.worst_case(call, ceiling))
        return None
    except Short as short:
        least = max(call.least_output, min(ceiling, _USEFUL_OUTPUT)) if call.lowers else ceiling
        lowered = terms.affordable(call, short.free)
        if not least <= lowered < ceiling:
            if terms.worst_case(call, least) > short.unheld:  # waiting for other calls would not help
                short.unheld = short.free
            raise out_of_money(short, key) from None
    await _hold_or_refuse(limits, meter, terms.worst_case(call, lowered))  # another call may be quicker
    return lowered


async def _hold_or_refuse(limits: Limits, meter: Meter, amount: int) -> None:
    try:
        await _hold(limits, meter, amount)
    except Short as short:
        raise out_of_money(short, meter.key) from None


async def _hold(limits: Limits, meter: Meter, amount: int) -> None:
    meter.held = amount
    await limits.reserve(meter.key, meter.call_id, amount, meter.checkpoint())


async def _settle_cancelled(limits: Limits, meter: Meter) -> None:
    """The client left, the key was revoked, or this process is being stopped."""
    if not meter.left and meter.stopped is None:
        meter.stopped = STOPPING
    if meter.stopped:
        problem = meter.stopped
        await _settle(limits, meter, "interrupted", meter.told(problem.status), problem.code)
    elif meter.reading is not None and meter.reading.finished:
        await _settle(limits, meter, "completed", 200)  # who hangs up at the end has everything
    else:
        await _settle(limits, meter, "client_left", CLIENT_LEFT)


async def _settle(limits: Limits, meter: Meter, outcome: Outcome, status: int, error: str = "") -> None:
    meter.final = event = meter.event(outcome, status, error)
    await limits.settle(meter.key, meter.call_id, event.charged, encode(event))
