"""Seeing to it that what was brought about has reached the gateway before the command ends."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Max

from portal.kit import outbox
from portal.kit.models import OutboxRow

_PAUSE = 0.05


@contextmanager
def quiet() -> Iterator[None]:
    """Without a report for every row that could not be published: `unpublished` counts them."""
    before = outbox.log.disabled
    outbox.log.disabled = True
    try:
        yield
    finally:
        outbox.log.disabled = before


def unpublished(patience: float) -> int:
    """Rows of the outbox that are still there after at most `patience` seconds; those that come later do not
    count. What could not be published on commit is tried again here: perhaps no stack is running."""
    newest = OutboxRow.platform.aggregate(newest=Max("id"))["newest"]
    deadline = time.monotonic() + patience
    while True:
        waiting = OutboxRow.platform.filter(id__lte=newest or 0).count()
        if not waiting or time.monotonic() > deadline:
            return waiting
        outbox.publish_pending()
        time.sleep(_PAUSE)
