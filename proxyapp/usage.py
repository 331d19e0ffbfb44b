"""What happened: the usage vector of an answer, and the event of a call that travels up to billing.

Every counter of `TokenUsage` is disjoint from the others, whatever the protocol's own convention
(each codec states how it converts), so that units times rates can simply be summed. `reasoning` alone is a
memo: it is contained in `output`.
"""

import random
import time
from typing import Literal

import msgspec

INPUT_METERS = ("input", "cache_read", "cache_write_5m", "cache_write_1h")
"""What an input token may be."""

METERS = (
    *INPUT_METERS,
    "output",
    "images",
    "seconds",
    "characters",
    "calls",
)
"""The meters that a price may name, in the order in which people read them."""

Source = Literal["provider", "estimated", "orphan"]
"""Who counted: the provider (or the request itself, where nothing else costs anything: pictures asked for,
characters sent); we, because the provider did not; or the sweep after a gateway died.
"""

Outcome = Literal["completed", "client_left", "upstream_failed", "refused", "interrupted"]
"""How a call ended. `refused`: the provider would not (4xx); `interrupted`: our own process ended it."""


class TokenUsage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Disjoint counters of one answer."""

    input: int = 0  # uncached input tokens
    cache_read: int = 0  # input tokens served from the provider's prompt cache
    cache_write_5m: int = 0  # input tokens written to a cache kept for five minutes
    cache_write_1h: int = 0  # input tokens written to a cache kept for an hour
    output: int = 0  # all output tokens, reasoning included
    reasoning: int = 0  # memo: the part of `output` spent on reasoning
    calls: int = 1  # for prices per call
    images: int = 0  # pictures made or changed
    seconds: int = 0  # of sound or film, begun ones whole
    characters: int = 0  # of text that was spoken

    def units(self) -> dict[str, int]:
        """Units by meter, without the memo."""
        return {meter: getattr(self, meter) for meter in METERS}


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One try at one target."""

    route_id: int
    provider_id: int
    status: int  # HTTP status of the provider; 0 where none came
    error: str = ""  # why it failed: an `UpstreamError` kind, or empty
    milliseconds: int = 0


class UsageEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call as fact. `call_id` is minted at admission and is the idempotency key down to the ledger.

    Amounts are nano-USD. `amount` is what the usage costs at the sell price; `charged` is what the customer
    pays (in hard mode never more than `held`); `cost` is what the provider will bill us.

    With `adjusts` it is no call but takes back (part of) that one: counters and amounts are negative.
    """

    call_id: str  # 32 hex characters: a UUIDv7, also the trace id
    organization_id: int
    key_id: int
    user_id: int
    model_id: int
    model: str
    protocol: str
    provider_id: int = 0
    route_id: int = 0
    credential_id: int = 0
    stream: bool = False
    status: int = 0  # HTTP status the client was given
    outcome: Outcome = "completed"
    error: str = ""  # our error code, or empty
    usage: TokenUsage = TokenUsage(calls=0)
    source: Source = "provider"
    sell_price_id: int = 0
    cost_price_id: int = 0
    multiplier_ppm: int = 1_000_000
    held: int = 0
    amount: int = 0
    charged: int = 0
    cost: int = 0
    latency_ms: int = 0
    first_output_ms: int = 0
    attempts: tuple[Attempt, ...] = ()
    adjusts: str = ""


_bits = random.Random().getrandbits  # noqa: S311 - unique, not secret; of our own: nobody else seeds it


def new_call_id() -> str:
    """A UUIDv7 as 32 hex characters: milliseconds since 1970, then 74 random bits (RFC 9562)."""
    value = (time.time_ns() // 1_000_000) << 80 | _bits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{value:032x}"


def milliseconds_of(call_id: str) -> int:
    """The time inside a call id: the same id always falls into the same partition."""
    return int(call_id[:12], 16)
