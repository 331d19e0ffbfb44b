"""PostgreSQL and Valkey together: what `up` and the tests start before anything else."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from portal.embedded import environment, postgres, valkey
from portal.embedded.child import tail
from portal.embedded.console import Console
from portal.embedded.layout import DataDirectory
from portal.embedded.leftovers import ProcessFile, end_leftovers
from portal.embedded.lock import DirectoryLock
from portal.embedded.refusal import Refused
from portal.embedded.supervisor import LOOK_SECONDS, LOUD_AFTER, Supervisor


def _nothing() -> None:
    """The default check."""


def start_servers(
    data: DataDirectory,
    supervisor: Supervisor,
    environ: Mapping[str, str],
    *,
    check: Callable[[], None] = _nothing,
) -> list[str]:
    """Start the servers that `environ` does not name, wait until they answer, and make roles and database.
    The names of those started. `check` is called while waiting and may raise to give up. The lock on
    `data` must be held."""
    started: list[tuple[str, Callable[[DataDirectory], bool]]] = []
    if environment.embeds_valkey(data, environ):
        supervisor.start(valkey.prepare(data))
        started.append((valkey.NAME, valkey.answers))
    if environment.embeds_postgres(data, environ):
        supervisor.start(postgres.prepare(data))
        started.append((postgres.NAME, postgres.answers))
    for name, answers in started:
        _await(supervisor, name, partial(answers, data), check)
    if environment.embeds_postgres(data, environ):
        postgres.create_roles(data)
    return [name for name, _ in started]


def _await(supervisor: Supervisor, name: str, answers: Callable[[], bool], check: Callable[[], None]) -> None:
    while not answers():
        check()
        supervisor.watch()
        child = supervisor.child(name)
        if child.deaths >= LOUD_AFTER:
            raise Refused(f"{name} does not start. The end of {child.spec.log}:\n{tail(child.spec.log)}")
        time.sleep(LOOK_SECONDS / 2)


@contextlib.contextmanager
def running_servers(root: Path, console: Console | None = None) -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey of their own in `root` while the context is open, without the rest of the stack.
    Yields the environment that reaches them (`DATABASE_URL`, ..., secrets). They end with the process."""
    data = DataDirectory.at(root)
    data.create()
    with DirectoryLock(data.lock):
        end_leftovers(data.processes)
        supervisor = Supervisor(ProcessFile(data.processes), console or Console())
        variables: dict[str, str] = {}
        environment.export(data, variables, create=True)
        try:
            start_servers(data, supervisor, {})
            yield {**os.environ, **variables}
        finally:
            supervisor.stop()
