"""Sees to it that every charge and refund reaches the usage stream, and from there PostgreSQL, whoever dies.

A posting is over once PostgreSQL has its event. Until then it is told, and told again where it seems lost:
an event that is told twice is taken once, and the wallet is then compared with what PostgreSQL and the
stream say.
"""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from django.utils import timezone

from proxyapp.media import hooks, purse
from proxyapp.media.models import Posting
from proxyapp.usage import UsageEvent

_PATIENCE = timedelta(seconds=10)  # far more than the drain takes; twice as long after each time
_LONGEST = 13  # doublings: a day
_AT_ONCE = 500
_ALIAS = "platform"


def read(facts: object) -> UsageEvent:
    return msgspec.convert(facts, UsageEvent)


def settle_open() -> int:
    """See to the postings that PostgreSQL does not have yet; how many were told."""
    postings = list(Posting.objects.using(_ALIAS).filter(booked_at=None).order_by("pk")[:_AT_ONCE])
    waiting = _without_booked([(posting, read(posting.event)) for posting in postings])
    return sum(_see_to(posting, event) for posting, event in waiting)


def _without_booked(postings: Sequence[tuple[Posting, UsageEvent]]) -> list[tuple[Posting, UsageEvent]]:
    places = [(event.organization_id, event.call_id) for _, event in postings]
    known = {call_id for look in hooks.booked for call_id in look(places)} if places else set()
    done = [posting for posting, event in postings if event.call_id in known]
    Posting.objects.using(_ALIAS).filter(pk__in=[posting.pk for posting in done]).update(
        booked_at=timezone.now(), moves_wallet=False
    )
    if any(posting.moves_wallet for posting in done):
        purse.doubt()  # whoever told it died before writing down that the wallet had been moved
    return [(posting, event) for posting, event in postings if event.call_id not in known]


def _see_to(posting: Posting, event: UsageEvent) -> bool:
    now = timezone.now()
    if posting.moves_wallet:
        told = purse.give_back(event)
    elif posting.told_at is None or posting.told_at < now - _PATIENCE * 2 ** min(posting.tells, _LONGEST):
        told = purse.tell(event)
    else:
        return False
    if told:
        Posting.objects.using(_ALIAS).filter(pk=posting.pk).update(
            told_at=now, tells=posting.tells + 1, moves_wallet=False
        )
    return told
