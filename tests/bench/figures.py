"""The figures: what is done to a target, and what is read off it."""

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from portal.embedded.processtable import wait_until
from tests.bench import bodies, machine
from tests.bench.gateway import Gateway
from tests.bench.load import Amount, Load, Outcome, Shape
from tests.bench.machine import Cores
from tests.bench.programs import CannotMeasure
from tests.bench.target import Target

Quantities = dict[str, float]
CONNECTIONS = 64
OTHERS = "others_percent"
"""Percent of the measured core that other processes took: whether the machine was quiet."""
_MOST_CALLS = 400_000


@dataclass(frozen=True)
class Effort:
    """How long and how much: `seconds` of a closed loop, `paced` chunks a stream, calls one after the other
    for latency, idle streams and the seconds they are watched, events for the drain."""

    seconds: float
    paced: int
    sequential: int
    streams: int
    watched: float
    events: int


FULL = Effort(seconds=4, paced=200, sequential=3_000, streams=1_000, watched=5, events=100_000)
QUICK = Effort(seconds=1, paced=60, sequential=600, streams=1_000, watched=2, events=20_000)


@dataclass(frozen=True)
class Rig:
    """What a measurement needs besides its target."""

    load: Load
    upstream: str
    gateway: Gateway
    cores: Cores
    effort: Effort


Measure = Callable[[Rig, Target], Quantities]


def calls(shape: Shape) -> Measure:
    """CPU milliseconds per call, in a closed loop of 64 connections."""

    def measure(rig: Rig, target: Target) -> Quantities:
        amount = Amount(CONNECTIONS, _MOST_CALLS, rig.effort.seconds)
        rig.load.run(
            target, shape, Amount(CONNECTIONS, CONNECTIONS * 8, 1)
        )  # connections, caches, first times
        outcome, cpu, others = _measured(rig, target, shape, amount)
        spent = {f"{name}_ms": seconds * 1_000 / outcome.calls for name, seconds in cpu.items()}
        return spent | {"calls_per_s": outcome.calls / outcome.seconds, OTHERS: others}

    return measure


def chunks(protocol: str, pause_ms: int) -> Measure:
    """CPU microseconds per chunk: 64 streams of chunks all at once, or paced."""

    def measure(rig: Rig, target: Target) -> Quantities:
        count = rig.effort.paced if pause_ms else 200
        shape = Shape(protocol, 400, count, pause_ms)
        most = CONNECTIONS if pause_ms else _MOST_CALLS
        rig.load.run(target, Shape(protocol, 400, 5, pause_ms), Amount(CONNECTIONS, CONNECTIONS, 5))
        amount = Amount(CONNECTIONS, most, rig.effort.seconds)
        outcome, cpu, others = _measured(rig, target, shape, amount)
        return {"us_per_chunk": cpu["own"] * 1e6 / outcome.chunks, OTHERS: others}

    return measure


def translated(protocol: str, pause_ms: int) -> Measure:
    """The same for a model that is only served in the other protocol, and how many times as much that is."""

    def measure(rig: Rig, target: Target) -> Quantities:
        count = rig.effort.paced if pause_ms else 200
        amount = Amount(CONNECTIONS, CONNECTIONS if pause_ms else _MOST_CALLS, rig.effort.seconds)
        spent = []
        for model in (bodies.MODEL, bodies.ELSEWHERE[protocol]):
            rig.load.run(
                target, Shape(protocol, 400, 5, pause_ms, model), Amount(CONNECTIONS, CONNECTIONS, 5)
            )
            shape = Shape(protocol, 400, count, pause_ms, model)
            outcome, cpu, others = _measured(rig, target, shape, amount)
            spent.append(cpu["own"] * 1e6 / outcome.chunks)
        return {"us_per_chunk": spent[1], "times_passed": spent[1] / spent[0], OTHERS: others}

    return measure


def latency(rig: Rig, target: Target) -> Quantities:
    """Milliseconds from the first byte sent to the last one received, one call at a time."""
    shape = Shape("chat", 2_000)
    rig.load.run(target, shape, Amount(1, 50, 5))
    target.settle()
    outcome = rig.load.run(target, shape, Amount(1, rig.effort.sequential, 30))
    target.settle()
    return {"p50_ms": outcome.p50_us / 1_000, "p99_ms": outcome.p99_us / 1_000}


def streams(rig: Rig, target: Target) -> Quantities:
    """Memory of a fresh process, then of one that holds many streams of a chunk a second."""
    count = rig.effort.streams
    target.settle()
    target.renew()
    fresh = _memory(target, "Rss")
    rig.load.run(target, Shape("chat", 2_000), Amount(CONNECTIONS, 2_000, 5))
    before = _memory(target, "Pss")
    with rig.load.held(target, Shape("chat", 2_000, 600, 1_000), Amount(count, count, 60)):
        _await_streams(rig, count)
        time.sleep(1)
        cpu, began = _cpu(target)["own"], time.monotonic()
        time.sleep(rig.effort.watched)
        busy = (_cpu(target)["own"] - cpu) / (time.monotonic() - began)
        during = _memory(target, "Pss")
    _await_streams(rig, 0)
    target.settle()
    return {"fresh_mb": fresh / 1024, "kb_per_stream": (during - before) / count, "busy_percent": busy * 100}


def weight(rig: Rig, target: Target) -> Quantities:
    """Memory after all that was done to it."""
    return {"mb": _memory(target, "Rss") / 1024}


def _measured(rig: Rig, target: Target, shape: Shape, amount: Amount) -> tuple[Outcome, Quantities, float]:
    """The outcome; CPU seconds by group; percent of the measured core that somebody else took meanwhile.
    What is compared is read at once, the other groups when the work that the calls left to them is done."""
    target.settle()
    sent, before = _requests(rig), _cpu(target)
    busy, began = machine.busy_seconds(rig.cores.measured), time.monotonic()
    outcome = rig.load.run(target, shape, amount)
    own = _cpu(target)["own"] - before["own"]
    others = (machine.busy_seconds(rig.cores.measured) - busy - own) / (time.monotonic() - began)
    target.settle()
    spent = {name: seconds - before[name] for name, seconds in _cpu(target).items()}
    if (arrived := _requests(rig) - sent) != outcome.calls:
        raise CannotMeasure(f"{target.name}: {outcome.calls} calls, but {arrived} requests at the upstream.")
    return outcome, spent | {"own": own}, max(0.0, 100 * others)


def _cpu(target: Target) -> Quantities:
    return {name: machine.cpu_seconds(pids) for name, pids in target.groups().items()}


def _memory(target: Target, what: str) -> int:
    return machine.memory_kb(target.groups()["own"], what)


def _requests(rig: Rig) -> int:
    return _stat(rig)["requests"]


def _await_streams(rig: Rig, count: int) -> None:
    if not wait_until(lambda: _stat(rig)["active"] == count, 60):
        raise CannotMeasure(f"{_stat(rig)['active']} streams are open, and {count} should be.")


def _stat(rig: Rig) -> dict[str, int]:
    with urllib.request.urlopen(f"{rig.upstream}/__stat", timeout=10) as answer:
        found: dict[str, int] = json.load(answer)
    return found
