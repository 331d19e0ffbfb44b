"""What stands in a call's way, in words for its caller."""

from typing import Any

from proxyapp.errors import GatewayError, LimitReached, NotReady, OutOfCredit
from proxyapp.snapshot import KeyFacts


class Short(Exception):
    """Money is short: `free` nano-USD can be held now, `unheld` once the calls in flight have ended."""

    def __init__(self, where: str, free: int, unheld: int) -> None:
        super().__init__(where)
        self.where, self.free, self.unheld = where, free, unheld


def refusal(key: KeyFacts, reply: list[Any]) -> GatewayError | Short:
    """The error behind a refusing reply of `reserve.lua`."""
    match reply[1]:
        case b"wallet":
            free = int(reply[2])
            return Short("wallet", free, free + int(reply[3]))
        case b"budget":
            return Short("budget", int(reply[2]), int(reply[3]))
        case b"requests":
            seconds = -(-int(reply[2]) // 1000)
            return LimitReached(
                f"This key may make {key.rpm} requests a minute, and has.",
                code="rate_limited",
                hint=f"Try again in {seconds} s.",
                retry_after=seconds,
                limit="requests_per_minute",
                value=key.rpm,
            )
        case b"concurrency":
            return LimitReached(
                f"This key may have {key.concurrency} calls in flight, and has.",
                code="too_many_concurrent_calls",
                hint="Wait for one of them to end.",
                retry_after=1,
                limit="concurrency",
                value=key.concurrency,
            )
    return NotReady(
        "The gateway's limits are being rebuilt, so nothing was admitted.",
        hint="Try again shortly.",
        retry_after=1,
    )


def out_of_money(short: Short, key: KeyFacts) -> GatewayError:
    """The error for money that is short: spent, or only held by calls in flight."""
    wallet = short.where == "wallet"
    if short.unheld > 0 and short.unheld > short.free:
        return LimitReached(
            f"The rest of {'your credit' if wallet else 'this key’s budget'} is held by calls in flight.",
            code="credit_held",
            hint="Try again when one of them has ended, or ask for fewer output tokens.",
            retry_after=2,
            limit=short.where,
        )
    if wallet:
        return OutOfCredit(
            "Your credit does not cover this call.",
            code="insufficient_credit",
            hint="Ask the operator for credit, or ask for fewer output tokens; /billing shows what is left.",
            limit="wallet",
        )
    return OutOfCredit(
        "This key has spent its budget.",
        code="budget_exceeded",
        hint="Raise the budget of this key, or use another key.",
        limit="key_budget",
        resets_at=None,
        budget=key.budget_total,
    )
