"""Responses that a provider keeps for its clients: whose each one is, where it lies and how large it is.

All our customers share a provider's account, so the provider itself would show anybody's response to anybody.
Only the organization that was given an id may name it; for everybody else there is no such response. What
is known of one is kept for as long as providers keep the response itself.
"""

import contextlib
import re
from typing import Protocol, runtime_checkable

import msgspec

from proxyapp.errors import NotReady, UnknownResponse
from proxyapp.metering import Meter
from proxyapp.protocols.base import Call, Reading
from proxyapp.resp import Redis, RedisAway, RedisRefused
from proxyapp.snapshot import KeyFacts, Target

KEPT = 30 * 24 * 3600
"""Seconds."""

_ESTIMATES_FALL_SHORT_BY = 2  # four bytes for a token is the guess, two are the bound
_is_id = re.compile(r"[A-Za-z0-9_.:-]{1,200}").fullmatch


class StoredResponse(msgspec.Struct, frozen=True):
    """It lies in the account of the credential, whichever route leads there."""

    model: str
    credential_id: int
    tokens: int  # the most that it adds to the input of a call that goes on from it


@runtime_checkable
class Keeping(Reading, Protocol):
    """A reading of an answer that has an id at its provider."""

    response_id: str


_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(StoredResponse).decode


class StoredResponses:
    """What Redis knows of them. Without it they cannot be named, and nothing else is lost."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def remember(self, meter: Meter) -> None:
        """Note the answer of a call, which is whole, if its provider keeps it. Never fails."""
        reading, target = meter.reading, meter.target
        if not (meter.call.stored and isinstance(reading, Keeping) and target):
            return
        if reading.failure or not _is_id(reading.response_id):
            return
        event = meter.event("completed", 200)
        usage = event.usage
        tokens = usage.input + usage.cache_read + usage.cache_write_5m + usage.cache_write_1h + usage.output
        if event.source != "provider":
            tokens *= _ESTIMATES_FALL_SHORT_BY
        known = StoredResponse(meter.model.name, target.credential_id, tokens)
        name = response_name(event.organization_id, reading.response_id)
        with contextlib.suppress(RedisAway, RedisRefused):
            await self._redis.command("SET", name, _encode(known), "EX", KEPT)

    async def continued(self, key: KeyFacts, call: Call) -> Call:
        """The call with what is known of the response it names, if it names one.

        UnknownResponse where the organization has none of this id, NotReady where that cannot be known.
        """
        if not call.previous:
            return call
        known = await self._recall(key.organization_id, call.previous)
        return msgspec.structs.replace(
            call, model=call.model or known.model, prior=known.tokens, pinned=known.credential_id
        )

    async def forget(self, key: KeyFacts, response_id: str) -> None:
        """The provider has deleted it. Never fails: it would only be asked again, and say so."""
        with contextlib.suppress(RedisAway, RedisRefused):
            await self._redis.command("DEL", response_name(key.organization_id, response_id))

    async def _recall(self, organization_id: int, response_id: str) -> StoredResponse:
        if not _is_id(response_id):
            raise unknown(response_id)
        try:
            raw = await self._redis.command("GET", response_name(organization_id, response_id))
        except (RedisAway, RedisRefused) as away:
            raise NotReady("Stored responses cannot be looked up at the moment.", retry_after=2) from away
        if raw is None:
            raise unknown(response_id)
        return _decode(raw)


def response_name(organization_id: int, response_id: str) -> str:
    """String in Redis: one `StoredResponse`."""
    return f"tg:{{{organization_id}}}:response:{response_id}"


def where_it_lies(targets: list[Target], call: Call) -> list[Target]:
    """The targets that know the response which the call names: all, where it names none."""
    if not call.pinned:
        return targets
    found = [target for target in targets if target.credential_id == call.pinned]
    if not found:
        raise unknown(call.previous)
    return found


def unknown(response_id: str) -> UnknownResponse:
    return UnknownResponse(
        f"There is no stored response {response_id[:120]!r}.",
        hint="Responses are kept for 30 days, unless 'store' was false. Send the whole conversation instead.",
        param="previous_response_id",
    )
