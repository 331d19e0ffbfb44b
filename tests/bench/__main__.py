"""`python -m tests.bench`: one run, from compiling to the table."""

import argparse
import datetime
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from portal.embedded.console import Console
from tests.bench import machine, nginx, profiling, report
from tests.bench.attacks import ATTACKS
from tests.bench.drain import drain
from tests.bench.figures import (
    FULL,
    OTHERS,
    QUICK,
    Effort,
    Measure,
    Rig,
    calls,
    chunks,
    latency,
    streams,
    translated,
    weight,
)
from tests.bench.gateway import Gateway, running_gateway
from tests.bench.load import Load, Shape
from tests.bench.neighbours import neighbours
from tests.bench.programs import CannotMeasure, compiled, running_upstream
from tests.bench.readings import Readings
from tests.bench.target import Target

_FILES = 12_000


@dataclass(frozen=True)
class Figure:
    name: str
    measure: Measure
    targets: tuple[str, ...] = ("nginx", "gateway")


FIGURES = (
    Figure("streams", streams),  # first: it begins with a fresh process
    Figure("json_400b", calls(Shape("chat", 400))),
    Figure("json_2k", calls(Shape("chat", 2_000))),
    Figure("json_110k", calls(Shape("chat", 110_000))),
    Figure("sse_chat_burst", chunks("chat", 0)),
    Figure("sse_chat_paced", chunks("chat", 25)),
    Figure("sse_messages_burst", chunks("messages", 0)),
    Figure("sse_messages_paced", chunks("messages", 25)),
    Figure("translated_chat_burst", translated("chat", 0), ("gateway",)),
    Figure("translated_chat_paced", translated("chat", 25), ("gateway",)),
    Figure("translated_messages_burst", translated("messages", 0), ("gateway",)),
    Figure("translated_messages_paced", translated("messages", 25), ("gateway",)),
    Figure("latency", latency, ("direct", "nginx", "gateway")),
    *(Figure(f"neighbours_{attack}", neighbours(attack), ("gateway",)) for attack in ATTACKS),
    Figure("drain", drain, ("gateway",)),
    Figure("weight", weight),  # last: what is left of all of it
)


@dataclass(frozen=True)
class Bench:
    """All that one run works with."""

    rig: Rig
    targets: dict[str, Target]
    facts: dict[str, str]
    folder: Path


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    console = Console()
    try:
        chosen = _chosen(options.only)
        profiler = profiling.find() if options.profile else None
        with _bench(QUICK if options.quick else FULL, console, without_nginx=options.without_nginx) as bench:
            if profiler is not None:
                print(profiling.profile(profiler, bench.rig.load, bench.targets["gateway"], bench.folder))
                return 0
            rounds = options.rounds or (1 if options.quick else 3)
            readings = _measured(bench, rounds, chosen, console)
            facts = bench.facts | {"rounds": str(rounds), "others on the measured core": _others(readings)}
            print(f"\n{report.heading(facts)}\n\n{report.table(readings)}")
            if options.json:
                found = {"facts": facts, "readings": readings.as_json()}
                options.json.write_text(json.dumps(found, indent=1) + "\n")
    except CannotMeasure as reason:
        print(f"\nNot measured: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="manage.py bench", description="Measure the gateway beside nginx on this machine."
    )
    parser.add_argument("--quick", action="store_true", help="a minute: one round, less of everything")
    parser.add_argument("--rounds", type=int, help="how often everything is measured (3; with --quick 1)")
    parser.add_argument(
        "--only", metavar="NAME", action="append", default=[], help="only figures that begin so"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every reading to a file, too")
    parser.add_argument("--without-nginx", action="store_true", help="do not look for nginx, nor install it")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead (py-spy)")
    return parser.parse_args(arguments)


@contextmanager
def _bench(effort: Effort, console: Console, *, without_nginx: bool) -> Iterator[Bench]:
    """Everything started, pinned and ready; ended and removed afterwards."""
    if sys.platform != "linux":
        raise CannotMeasure("Processes are pinned and counted as Linux does it; this is another system.")
    files = machine.allow_many_files()
    if files < _FILES:
        raise CannotMeasure(
            f"Only {files} files may be open at a time (ulimit -n), 5,000 idle connections take 12,000."
        )
    cores = machine.two_cores()
    if cores.shared:
        console.step("there is one core only: load and gateway share it, so compare with care")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="tollgate-bench-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)
        programs = compiled(folder)
        upstream = stack.enter_context(running_upstream(programs["upstream"], cores.others))
        targets = {"direct": Target("direct", upstream, dict)}
        proxy = None if without_nginx else nginx.obtain()
        if proxy is not None:
            started = nginx.running_nginx(proxy, folder / "nginx", upstream, cores.measured, files)
            targets["nginx"] = stack.enter_context(started)
        elif not without_nginx:
            console.step(nginx.MISSED)
        console.step("starting a stack of its own")
        gateway, targets["gateway"] = stack.enter_context(running_gateway(folder, upstream, cores))
        os.sched_setaffinity(0, {cores.others})
        load = Load(programs["load"], cores.others, folder)
        rig = Rig(load, upstream, gateway, cores, effort)
        yield Bench(rig, targets, _facts(gateway, proxy), folder)


def _chosen(only: Sequence[str]) -> list[Figure]:
    """The figures whose names begin with one of these words; all where there is none."""
    chosen = [figure for figure in FIGURES if figure.name.startswith(tuple(only) or "")]
    if not chosen:
        raise CannotMeasure(f"there is no such figure. There are: {' '.join(f.name for f in FIGURES)}")
    return chosen


def _measured(bench: Bench, rounds: int, chosen: Sequence[Figure], console: Console) -> Readings:
    """The figures of all targets, interleaved; the targets in turn first and last."""
    readings = Readings()
    for number in range(rounds):
        for figure in chosen:
            for name in figure.targets if number % 2 == 0 else reversed(figure.targets):
                if name in bench.targets:
                    quantities = figure.measure(bench.rig, bench.targets[name])
                    readings.add(figure.name, name, quantities)
                    told = "  ".join(f"{what} {value:,.3f}" for what, value in quantities.items())
                    console.step(f"round {number + 1}  {figure.name:18}  {name:7}  {told}")
    return readings


def _others(readings: Readings) -> str:
    """How quiet the machine was: what others took of the measured core, usually and at worst."""
    taken = readings.all(OTHERS) or [0.0]
    return f"{median(taken):.0f} % (at worst {max(taken):.0f} %)"


def _facts(gateway: Gateway, proxy: str | None) -> dict[str, str]:
    with gateway.postgres() as connection:
        postgres = connection.info.server_version // 10_000
    servers: dict[str, object] = gateway.redis().info("server")
    return {
        "": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        "processor": f"{machine.processor()} ({os.cpu_count()} cores)",
        "Linux": platform.release(),
        "Python": platform.python_version(),
        "PostgreSQL": str(postgres),
        "Valkey": str(servers.get("valkey_version") or servers.get("redis_version")),
        "nginx": nginx.version(proxy) if proxy else "not measured",
    }


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds: nothing is left running
    sys.exit(main(sys.argv[1:]))
