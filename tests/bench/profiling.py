"""Where the gateway's time goes, as py-spy sees it from outside."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.bench.figures import CONNECTIONS
from tests.bench.load import Amount, Load, Shape
from tests.bench.programs import CannotMeasure
from tests.bench.target import Target

_SECONDS = 10
_SHOWN = 50
_SHAPES = {
    "calls, 2 kB": Shape("chat", 2_000),
    "calls, 110 kB": Shape("chat", 110_000),
    "SSE, paced": Shape("chat", 400, 200, 25),
}


def find() -> str:
    """py-spy's path: on PATH, or beside this Python."""
    beside = os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))
    found = shutil.which("py-spy", path=beside)
    if found is None:
        raise CannotMeasure(f"--profile needs py-spy: {sys.executable} -m pip install py-spy")
    return found


def profile(program: str, load: Load, target: Target, folder: Path) -> str:
    """The functions in which the web worker was found most often, under two kinds of load."""
    return "\n\n".join(
        f"### {name}\n\n{_profiled(program, load, target, shape, folder / 'profile.txt')}"
        for name, shape in _SHAPES.items()
    )


def _profiled(program: str, load: Load, target: Target, shape: Shape, file: Path) -> str:
    command = [program, "record", "--pid", str(target.groups()["own"][0]), "--duration", str(_SECONDS)]
    # Only what holds the interpreter's lock: threads that wait, and the loop's own waiting, are left out.
    command += ["--gil", "--function", "--rate", "500", "--format", "raw", "--output", str(file)]
    with load.held(target, shape, Amount(CONNECTIONS, 10**9, _SECONDS + 5)):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS + 60)
    if done.returncode:
        raise CannotMeasure(f"py-spy failed (it needs root, or permission to trace):\n{done.stderr}")
    return top(file.read_text())


def top(stacks: str) -> str:
    """Shares by function of collapsed stacks (`outer;inner 17` a line): in it and in what it called, and in
    itself alone; by the first, largest on top."""
    within: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        names = stack.split(";")
        alone[names[-1]] += int(count)
        for name in set(names):
            within[name] += int(count)
    total = sum(alone.values()) or 1
    return "\n".join(
        f"{100 * count / total:5.1f} % {100 * alone[name] / total:5.1f} %  {name}"
        for name, count in within.most_common(_SHOWN)
    )
