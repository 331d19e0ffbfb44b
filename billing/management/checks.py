"""Every check of the project, in order, each with its time: what `manage.py test` runs."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from billing.management.browser import MISSED, NO_BROWSER, obtain_browser
from billing.management.clients import ASKED, CLIENTS, obtain_clients
from billing.management.clients import MISSED as MISSED_CLIENTS
from portal.embedded import environment
from portal.embedded.postgres import FAST_DISK
from portal.embedded.processes import CHECKOUT

# Every pytest worker runs a whole stack of its own.
MOST_WORKERS = 4
_SUMMARY = re.compile(r"\d+ (passed|failed|error|skipped|deselected)|no tests ran")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Step:
    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a step went; `last` is the summary line of a test run."""

    name: str
    passed: bool
    seconds: float
    last: str = ""


def static_steps() -> list[Step]:
    """The checks that need no server. They see an environment in which settings load."""
    tools = Path(sys.executable).parent
    python = sys.executable
    # makemigrations warns that it could not ask a database; there is none on purpose.
    quiet = (python, "-W", "ignore::RuntimeWarning", "manage.py")
    return [
        Step("ruff check", (python, "-m", "ruff", "check", ".")),
        Step("ruff format --check", (python, "-m", "ruff", "format", "--check", ".")),
        Step("mypy", (python, "-m", "mypy")),
        Step("lint-imports", (str(tools / "lint-imports"),)),
        Step("makemigrations --check", (*quiet, "makemigrations", "--check", "--dry-run")),
    ]


def pytest_step(arguments: Sequence[str]) -> Step:
    spread = ("-n", str(worker_count()), "--dist", "loadfile")
    colour = ("--color=yes",) if sys.stdout.isatty() else ()
    return Step("pytest", (sys.executable, "-m", "pytest", *spread, *colour, *arguments))


def worker_count() -> int:
    return max(1, min(MOST_WORKERS, os.cpu_count() or 1))


def pytest_environment(
    environ: Mapping[str, str], *, browser: bool, clients: Path | None = None
) -> dict[str, str]:
    """Tests start stacks of their own in temporary directories, whatever this shell is configured for."""
    added = {FAST_DISK: "1"} | ({} if browser else {NO_BROWSER: "1"})
    added |= {CLIENTS: str(clients)} if clients else {}
    return environment.without_contract(environ) | added


def run(arguments: Sequence[str], *, only_pytest: bool = False) -> bool:
    """Run everything, also after a failure; whether all passed. `arguments` go to pytest. The last line
    written is pytest's own summary. What was asked for and cannot be run counts as a failure."""
    browser = obtain_browser(os.environ)
    asked = ASKED in arguments
    clients = obtain_clients(os.environ) if asked else None
    missed = [] if browser else [MISSED]
    if asked and clients is None:
        missed.append(MISSED_CLIENTS)
        arguments = [word for word in arguments if word != ASKED]
    print(*missed, sep="", end="", flush=True)
    settings_load = {**os.environ, **environment.placeholders()}
    outcomes = [] if only_pytest else [run_step(step, settings_load) for step in static_steps()]
    seen = pytest_environment(os.environ, browser=browser, clients=clients)
    tests = run_step(pytest_step(arguments), seen)
    outcomes.append(tests)
    print("\n== summary", flush=True)
    for outcome in outcomes:
        print(f"  {'ok    ' if outcome.passed else 'FAILED'} {outcome.seconds:7.1f} s  {outcome.name}")
    print(*missed, sep="", end="")
    print(tests.last, flush=True)
    return all(outcome.passed for outcome in outcomes) and MISSED_CLIENTS not in missed


def run_step(step: Step, environ: Mapping[str, str]) -> Outcome:
    """Run one step with its output shown as it comes."""
    print(f"\n== {step.name}", flush=True)
    began = time.monotonic()
    last = ""
    with subprocess.Popen(
        step.command,
        cwd=CHECKOUT,
        env=dict(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if _SUMMARY.search(line):
                last = _COLOUR.sub("", line).strip()
    seconds = time.monotonic() - began
    print(f"-- {step.name}: {'ok' if process.returncode == 0 else 'FAILED'} in {seconds:.1f} s", flush=True)
    return Outcome(step.name, process.returncode == 0, seconds, last)
