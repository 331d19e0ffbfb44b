"""The doors through which Celery's clock (`portal.celery`) comes in. Each may be opened twice at once."""

import logging
from collections.abc import Callable
from functools import wraps

import redis
from celery import shared_task
from celery.signals import worker_shutdown, worker_shutting_down
from django.db import InterfaceError, OperationalError, close_old_connections

from billing import rebuild, reconcile
from billing.charges import services
from billing.ledger.proof import prove
from billing.usage import ingest, partitions, seal
from portal.kit import outbox
from portal.kit.errands import Errands
from portal.kit.redis import client
from portal.notifications import delivery
from proxyapp.limits.sweep import sweep
from proxyapp.media import postings, work
from proxyapp.store import publish_tick

AWAY = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)
"""A server cannot be reached, or asks to try again: the next run does."""

_CANNOT_WRITE = "MISCONF"  # how Redis refuses while its disk is full
log = logging.getLogger(__name__)
_failing: set[str] = set()
_webhooks, _media = Errands("webhooks", 16), Errands("media", 16)


def periodic(work: Callable[[], object]) -> Callable[[], None]:
    """A task of this name that waits out a server's absence: one line when it goes, one when it is back."""

    @shared_task(name=f"billing.tasks.{work.__name__}")
    @wraps(work)
    def door() -> None:
        close_old_connections()  # Celery keeps them (portal.celery): leave none that is broken or too old
        try:
            work()
        except (*AWAY, redis.ResponseError) as error:
            if isinstance(error, redis.ResponseError) and not str(error).startswith(_CANNOT_WRITE):
                raise
            if work.__name__ not in _failing:
                log.warning("%s has to wait: %s", work.__name__, str(error).partition("\n")[0])
            _failing.add(work.__name__)
        else:
            if work.__name__ in _failing:
                log.warning("%s goes on", work.__name__)
            _failing.discard(work.__name__)

    return door


@periodic
def drain_usage() -> None:
    ingest.drain_all()


@periodic
def publish_outbox() -> None:
    outbox.publish_pending()
    publish_tick(client())


@periodic
def ensure_epoch() -> None:
    rebuild.ensure_epoch()
    reconcile.reconcile_doubtful()


@periodic
def reconcile_redis() -> None:
    reconcile.reconcile_recent()


@periodic
def sweep_orphans() -> None:
    sweep(client())


@periodic
def send_webhooks() -> None:
    _webhooks.take_up(delivery.claim, delivery.attempt)


@periodic
def advance_media() -> None:
    _media.take_up(work.claim, work.step)


@periodic
def tell_media_postings() -> None:
    postings.settle_open()


@periodic
def purge_media() -> None:
    work.purge()


@periodic
def prune_webhooks() -> None:
    delivery.prune()


@periodic
def expire_grants() -> None:
    services.expire()


@periodic
def make_partitions() -> None:
    partitions.make_ahead()


@periodic
def prune_minutes() -> None:
    seal.prune_minutes()


@periodic
def seal_closed() -> None:
    seal.seal_closed()


@periodic
def prove_books() -> None:
    for discrepancy in prove():
        log.error("the books do not agree: %s", discrepancy)


@worker_shutting_down.connect
def stop_errands(**_: object) -> None:
    """What they are at they may finish."""
    _webhooks.stop()
    _media.stop()


@worker_shutdown.connect
def drain_once_more(**_: object) -> None:
    """What was settled until the worker was asked to stop is on the pages before it has stopped."""
    drain_usage()
