"""How a task ends: once, with what follows from it in the same transaction."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from django.utils import timezone

from proxyapp import money
from proxyapp.media import contract, hooks
from proxyapp.media.models import LIVE, MediaTask, Posting, State
from proxyapp.media.scope import tenant
from proxyapp.usage import TokenUsage, UsageEvent

_LARGEST_KEPT = 64 * 1024


def succeed(task: MediaTask, results: list[dict[str, str]]) -> bool:
    """With what was paid for pictures given back that were ordered, and are not among the results."""
    return _end(task, State.SUCCEED, results=results, progress=100)


def fail(task: MediaTask, reason: str) -> bool:
    """With everything given back."""
    return _end(task, State.FAILED, reason=reason[:400])


def cancel(task: MediaTask) -> bool:
    """With everything given back."""
    return _end(task, State.CANCELLED, reason="The task was cancelled and given back.")


def cancel_running(task: MediaTask) -> bool:
    """As `cancel`, of a task that the provider has given up: whoever looks after it meanwhile is too late."""
    return _end(task, State.CANCELLED, any_turn=True, reason="The task was cancelled and given back.")


def void(task: MediaTask) -> bool:
    """End a task that nobody was told of: whether it was charged is not known, and is made not to matter."""
    return _end(task, State.FAILED, reason="The task was not admitted in time and is given back.")


def refund_of(task: MediaTask, at: datetime) -> UsageEvent | None:
    """The event that takes back what a task that has ended was charged in vain; None where that is nothing.

    Its id is derived from the task's: there is but one. Of pictures that were ordered, those are given back
    that are missing where others have come; where there is none at all, they lie in the answer itself.
    """
    made = msgspec.convert(task.charge, UsageEvent)
    if task.state != State.SUCCEED:
        return _taken_back(task, at, made, TokenUsage(calls=0))
    images = sum(result["kind"] == "images" for result in task.results)
    if not 0 < images < made.usage.images or not task.rates:
        return None
    return _taken_back(task, at, made, msgspec.structs.replace(made.usage, images=images))


def worth_keeping(task: MediaTask) -> dict[str, Any]:
    """The request, unless it holds whole pictures: once the provider has it, nobody asks for those again."""
    request: dict[str, Any] = task.request
    return request if len(msgspec.json.encode(request)) <= _LARGEST_KEPT else {}


def _end(task: MediaTask, state: State, *, any_turn: bool = False, **values: Any) -> bool:
    """Whether it was us who ended it: nobody had taken it up since, or ended it."""
    now = timezone.now()
    admitted = task.state != State.ADMITTING
    change = {
        "state": state,
        "ended_at": now,
        "next_step_at": None,
        "request": worth_keeping(task),
        **values,
    }
    with tenant(task.organization_id):
        within = LIVE if admitted else (State.ADMITTING,)
        mine = MediaTask.objects.filter(pk=task.pk, state__in=within)
        if not any_turn:
            mine = mine.filter(turn=task.turn)
        if not mine.update(**change):
            return False
        for name, value in change.items():
            setattr(task, name, value)
        if refund := refund_of(task, now):
            _give_back(task, refund, admitted=admitted)
        if admitted and task.endpoint != "sync":
            for tell in hooks.finished:
                tell(task.organization_id, str(task.pk), contract.result(task), task.webhook_url)
    return True


def _taken_back(task: MediaTask, at: datetime, made: UsageEvent, kept: TokenUsage) -> UsageEvent:
    """All that was charged but what is `kept`."""
    units = kept.units()
    amount = money.amount(units, task.rates.get("sell", {}), made.multiplier_ppm)
    cost = money.amount(units, task.rates.get("cost", {}))
    return msgspec.structs.replace(
        made,
        call_id=_refund_id(task, at),
        adjusts=made.call_id,
        usage=TokenUsage(**{meter: units[meter] - count for meter, count in made.usage.units().items()}),
        held=0,
        amount=amount - made.amount,
        charged=amount - made.charged,
        cost=cost - made.cost,
    )


def _give_back(task: MediaTask, refund: UsageEvent, *, admitted: bool) -> None:
    """Where the charge was never seen to happen, it is told with its refund, and the wallet is compared."""
    postings = [(Posting.Kind.REFUND, msgspec.to_builtins(refund), admitted)]
    if not admitted:
        postings.insert(0, (Posting.Kind.CHARGE, task.charge, False))
    for kind, event, moves_wallet in postings:
        Posting.objects.create(
            organization_id=task.organization_id,
            task_id=task.pk,
            kind=kind,
            event=event,
            moves_wallet=moves_wallet,
        )


def _refund_id(task: MediaTask, at: datetime) -> str:
    """A UUIDv7 as all call ids are: the time of the refund, then bits of the task's own id."""
    digest = hashlib.sha256(f"refund of {task.pk}".encode()).hexdigest()
    return f"{int(at.timestamp() * 1000):012x}7{digest[:3]}8{digest[3:18]}"
