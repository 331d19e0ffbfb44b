"""What the clock does about tasks: order them at the provider, look after them, fetch what came of them.

A step is claimed for a while, carried out outside of any transaction, and written down only if nobody else
has taken the task up meanwhile. Whoever dies in between leaves it to the next claim; so an order may reach
the provider twice, and the customer pays for it once.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from proxyapp.errors import GatewayError
from proxyapp.media import ending, files
from proxyapp.media.models import LIVE, LONGEST_WAIT, Endpoint, MediaTask, State
from proxyapp.media.scope import tenant
from proxyapp.media.submission import targets
from proxyapp.media.upstream import FILE_SECONDS, Away, Provider, Refused, fit_to_tell
from proxyapp.snapshot import Target

FIRST_LOOK, SLOWEST_LOOK = 2.0, 15.0
MOST_TRIES = 5
MOST_DENIALS = 10
"""So often may a provider not know an order that it has accepted."""
_LEASE = timedelta(minutes=2)
_FETCH_LEASE = timedelta(seconds=FILE_SECONDS + 60)
_SLOWER = 1.5
_ALIAS = "platform"
_FAILED = "The provider failed to carry it out."
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A task that is ours for one step, as `turn` says; `lane` is its provider, or before that its model."""

    task_id: UUID
    organization_id: int
    turn: int
    lane: int | str


def claim(limit: int, crowded: Collection[int | str] = ()) -> list[Claim]:
    """Take up to `limit` tasks that are due, longest overdue first, none in a `crowded` lane."""
    now = timezone.now()
    with transaction.atomic(using=_ALIAS):
        due = MediaTask.objects.using(_ALIAS).filter(
            state__in=(State.ADMITTING, *LIVE), next_step_at__lte=now
        )
        due = due.exclude(provider_id__in=[lane for lane in crowded if isinstance(lane, int)])
        due = due.exclude(provider_id=0, model__in=[lane for lane in crowded if isinstance(lane, str)])
        due = due.only("organization_id", "turn", "provider_id", "model").order_by("next_step_at")
        rows = list(due.select_for_update(skip_locked=True)[:limit])
        MediaTask.objects.using(_ALIAS).filter(pk__in=[row.pk for row in rows]).update(
            turn=F("turn") + 1, next_step_at=now + _LEASE
        )
    return [Claim(row.pk, row.organization_id, row.turn + 1, row.provider_id or row.model) for row in rows]


def step(claimed: Claim) -> None:
    """Bring a task one step further."""
    with tenant(claimed.organization_id):
        task = MediaTask.objects.filter(pk=claimed.task_id, turn=claimed.turn).first()
    if task is None or not (task.is_live or task.state == State.ADMITTING):
        return
    if task.state == State.ADMITTING:
        ending.void(task)
    elif task.endpoint == Endpoint.SYNC or task.deadline_at <= timezone.now():
        ending.fail(task, "The task did not end in time and is given back.")
    else:
        _patiently(task, _look if task.upstream_task_id else _order)


def purge() -> int:
    """Delete the files whose links have ended; how many tasks could have had any."""
    everybody = MediaTask.objects.using(_ALIAS)
    old = everybody.filter(files_kept=True, ended_at__lt=timezone.now() - files.KEPT - timedelta(hours=1))
    purged = 0
    for task in old.only("organization_id").iterator():
        try:
            files.forget(task)
        except Exception:  # of whatever kind the storage's are: the others' turn must come
            log.exception("the files of task %s could not be deleted", task.pk)
            continue
        purged += everybody.filter(pk=task.pk).update(files_kept=False)
    return purged


def same_target(task: MediaTask) -> Target | None:
    """Where the task was ordered; with another credential of that provider if the first is gone."""
    try:
        at_provider = [t for t in targets(task.model) if t.route.provider_id == task.provider_id]
    except GatewayError:
        return None
    at_provider.sort(key=lambda t: (t.credential_id != task.credential_id, t.route_id != task.route_id))
    return at_provider[0] if at_provider else None


def _patiently(task: MediaTask, work: Callable[[MediaTask], None]) -> None:
    """Try again what may get better, and give up what does not."""
    try:
        work(task)
    except Refused as refused:
        if not task.upstream_task_id or task.tries + 1 >= MOST_DENIALS:
            ending.fail(task, str(refused))
        else:
            _later(task)
    except (Away, GatewayError):
        # An order that was accepted is looked after until its deadline; one that was not is soon given up.
        if not task.upstream_task_id and task.tries + 1 >= MOST_TRIES:
            ending.fail(task, _FAILED)
        else:
            _later(task)


def _later(task: MediaTask) -> None:
    _write(task, tries=task.tries + 1, next_step_at=_after(FIRST_LOOK * 2 ** min(task.tries, 5)))


def _order(task: MediaTask) -> None:
    chosen = targets(task.model)
    target = chosen[task.tries % len(chosen)]
    upstream_task_id = Provider(target).submit(task.endpoint, task.request)
    _write(
        task,
        state=State.PROCESSING,
        upstream_task_id=upstream_task_id[:200],
        request=ending.worth_keeping(task),
        route_id=target.route_id,
        provider_id=target.route.provider_id,
        credential_id=target.credential_id,
        tries=0,
        next_step_at=_after(FIRST_LOOK),
    )


def _look(task: MediaTask) -> None:
    target = same_target(task)
    if target is None:
        raise Away("the provider is not on offer at the moment")
    found = Provider(target).result(task.upstream_task_id)
    entry = found.get("task")
    told: dict[str, Any] = entry if isinstance(entry, dict) else {}
    status = told.get("status")
    if status == "TASK_STATUS_SUCCEED":
        _fetch(task, target, found)
    elif status == "TASK_STATUS_FAILED":
        ending.fail(task, fit_to_tell(told.get("reason")) or _FAILED)
    else:
        _wait(task, told.get("progress_percent"))


def _fetch(task: MediaTask, target: Target, found: dict[str, Any]) -> None:
    links = _links(found)
    if not links:
        ending.fail(task, "The provider delivered nothing.")
        return
    results = []
    for number, (kind, url) in enumerate(links, start=1):
        if not _write(task, next_step_at=timezone.now() + _FETCH_LEASE):
            return  # it was cancelled, or is somebody else's by now
        results.append(files.copy(task, number, kind, url, target))
    ending.succeed(task, results)


def _links(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Kinds and addresses of the results in a task-result body."""
    links = []
    for kind, field in (("images", "image_url"), ("videos", "video_url"), ("audios", "audio_url")):
        entries = found.get(kind)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get(field), str) and entry[field]:
                links.append((kind, entry[field]))
    return links


def _wait(task: MediaTask, progress: Any) -> None:
    seconds = min(SLOWEST_LOOK, FIRST_LOOK * _SLOWER**task.polls)
    known = progress if type(progress) is int and 0 <= progress <= 99 else task.progress
    _write(task, polls=min(task.polls + 1, 100), progress=known, tries=0, next_step_at=_after(seconds))


def _write(task: MediaTask, **values: Any) -> bool:
    """Whether the task was still ours."""
    with tenant(task.organization_id):
        mine = MediaTask.objects.filter(pk=task.pk, turn=task.turn, state__in=LIVE)
        return bool(mine.update(**values))


def _after(seconds: float) -> Any:
    return timezone.now() + min(timedelta(seconds=seconds), LONGEST_WAIT)
