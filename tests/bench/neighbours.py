"""What an ordinary tenant notices of another one's bad manners: its latency alone and beside them."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from portal.embedded.processtable import wait_until
from tests.bench import machine
from tests.bench.figures import Measure, Quantities, Rig
from tests.bench.load import Amount, Outcome, Shape
from tests.bench.programs import CannotMeasure, running
from tests.bench.target import Target

_TURNS = 4
_PATIENCE = 90.0
_GLANCE = 1.0  # seconds
_RESTING = 0.15  # of a core
_USUAL = Shape("chat", 2_000)


def neighbours(attack: str) -> Measure:
    """Milliseconds of one call at a time, alone and beside `attack`, and how many times as long it takes."""

    def measure(rig: Rig, target: Target) -> Quantities:
        alone, beside = [], []
        _call(rig, target)
        for _ in range(_TURNS):
            alone.append(_call(rig, target))
            with _attacking(attack, rig, target):
                beside.append(_call(rig, target))
            target.settle()
        found: Quantities = {}
        for name in ("p50", "p99"):
            before, during = (_milliseconds(outcomes, f"{name}_us") for outcomes in (alone, beside))
            found |= {f"{name}_alone_ms": before, f"{name}_ms": during, f"{name}_ratio": during / before}
        return found

    return measure


def _call(rig: Rig, target: Target) -> Outcome:
    return rig.load.run(target, _USUAL, Amount(1, rig.effort.sequential, 30))


def _milliseconds(outcomes: list[Outcome], name: str) -> float:
    return median(float(getattr(outcome, name)) for outcome in outcomes) / 1_000


def _await_rest(rig: Rig) -> None:
    """Until what fits into all the buffers, the kernel's too, has been passed on: that is ordinary work."""
    cores = {rig.cores.measured, rig.cores.others}

    def rests() -> bool:
        before = {core: machine.busy_seconds(core) for core in cores}
        time.sleep(_GLANCE)
        return all(machine.busy_seconds(core) - before[core] < _RESTING * _GLANCE for core in cores)

    if not wait_until(rests, _PATIENCE):
        raise CannotMeasure("The machine does not come to rest beside clients that do not read.")


@contextmanager
def _attacking(attack: str, rig: Rig, target: Target) -> Iterator[None]:
    """Another tenant at its worst."""
    command = [sys.executable, "-m", "tests.bench.attacks", attack, target.base_url, rig.gateway.secret(1)]
    with running(command, rig.cores.others) as process:
        assert process.stdout is not None
        if (said := process.stdout.readline().strip()) != "ready":
            raise CannotMeasure(f"The attack {attack} did not begin: {said}")
        if attack == "slow_readers":
            _await_rest(rig)
        yield
        if process.poll() is not None:
            raise CannotMeasure(f"The attack {attack} broke off: {process.stdout.read()[-500:]}")
