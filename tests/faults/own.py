"""A stack of a test's own, in a directory of its own: started again, stopped, and judged as all are."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from portal.embedded import environment
from portal.embedded.layout import DataDirectory
from tests.faults.load import LONGEST, Answers
from tests.faults.processes import records
from tests.support.stack import CHECKOUT, Stack, start

# Django knows the databases of one stack only: this one's are looked into by a process of their own.
_CHECK = """
import json, sys
import django
django.setup()
from billing.usage.models import UsageEvent
from tests.faults.agreement import assert_nothing_lost
from tests.faults.load import Answers
from tests.support.waiting import eventually
longest, answers = json.load(sys.stdin)
first = eventually(lambda: UsageEvent.platform.select_related("organization").first(), 60)
assert_nothing_lost(first.organization, Answers(**answers), seconds=60, longest=longest)
"""


@contextmanager
def directory() -> Iterator[Path]:
    """Where PostgreSQL, running as `nobody` under root, can get."""
    data = Path(tempfile.mkdtemp(prefix="tollgate-own-", dir="/tmp"))
    data.chmod(0o711)
    try:
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def own_stack(data: Path) -> Iterator[Stack]:
    """Whatever becomes of it, and whoever started it again: at the end nothing of it is left."""
    started = start(data)
    try:
        yield started
    finally:
        _end_all(started)
        started.process.wait(30)


def restart(stack: Stack) -> Stack:
    """At the same address as before."""
    return start(stack.data, "--port", str(urlsplit(stack.base_url).port))


def stop(stack: Stack) -> int:
    stack.process.send_signal(signal.SIGTERM)
    return stack.process.wait(60)


def assert_nothing_lost_in(stack: Stack, answers: Answers, longest: float = LONGEST) -> None:
    """The shared check, on all that happened in this stack."""
    variables = environment.without_contract(os.environ)
    environment.export(DataDirectory.at(stack.data), variables, create=False)
    given = json.dumps([longest, asdict(answers)])
    checked = subprocess.run(
        [sys.executable, "-c", _CHECK],
        cwd=CHECKOUT,
        env=variables,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout[-2000:] + checked.stderr[-4000:]


def _end_all(stack: Stack) -> None:
    """The supervisor first: else it would start the others again."""
    for pid in (_supervisor(stack), *(record.pid for record in records(stack) if record.alive())):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _supervisor(stack: Stack) -> int:
    """The present one: a test may have started another."""
    try:
        found: dict[str, int] = json.loads((stack.data / "lock").read_text())
    except (OSError, ValueError):
        return stack.process.pid
    return found["pid"]
