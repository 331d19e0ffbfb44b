"""Celery: the clock of the platform. It only knows the names of what it starts: money is not its business.

Start it as ``celery -A portal.celery worker -P threads`` and ``celery -A portal.celery beat`` (one of them).
"""

import logging
import os
from datetime import timedelta

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # they load every page; `migrate` has made them already

app = Celery("tollgate")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["billing"])


def _every(task: str, schedule: float | crontab, expires: float) -> dict[str, object]:
    """A run that nobody took within `expires` seconds is dropped: the next one does its work."""
    when = schedule if isinstance(schedule, crontab) else timedelta(seconds=schedule)
    return {"task": f"billing.tasks.{task}", "schedule": when, "options": {"expires": expires}}


app.conf.update(
    beat_schedule={
        "drain": _every("drain_usage", 0.5, expires=1),
        "outbox": _every("publish_outbox", 0.5, expires=1),
        "epoch": _every("ensure_epoch", 1, expires=2),
        "reconcile": _every("reconcile_redis", 60, expires=60),
        "orphans": _every("sweep_orphans", 2, expires=4),
        "webhooks": _every("send_webhooks", 1, expires=2),
        "media": _every("advance_media", 1, expires=2),
        "media-money": _every("tell_media_postings", 1, expires=2),
        "expiry": _every("expire_grants", 300, expires=300),
        # Often, though months pass between two that are needed: a clock that was off at night misses nothing.
        "partitions": _every("make_partitions", 3_600, expires=3_600),
        "minutes": _every("prune_minutes", crontab(minute=20), expires=3_600),
        "webhook-log": _every("prune_webhooks", crontab(minute=40), expires=3_600),
        "media-files": _every("purge_media", crontab(minute=50), expires=3_600),
        "seal": _every("seal_closed", crontab(minute=5), expires=3_600),
        "proof": _every("prove_books", crontab(hour=3, minute=30), expires=3_600),
    },
    # A worker or clock whose broker went away waits for it, however long that takes.
    broker_connection_max_retries=None,
    worker_prefetch_multiplier=1,
)
app.conf["CELERY_DB_REUSE_MAX"] = 10**9  # else every task of half a second pays for a new connection


class _OneLine(logging.Filter):
    """A broker that is away is a line of the log, without the stack that noticed it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
        record.exc_info = record.exc_text = None
        return True


@setup_logging.connect
def leave_logging_alone(**_: object) -> None:
    """Having a receiver keeps Celery's hands off the logging that the settings have set up."""
    for name in ("celery.worker.consumer.consumer", "celery.beat", "py.warnings"):
        logging.getLogger(name).addFilter(_OneLine())
