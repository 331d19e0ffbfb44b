"""The load generator: how it is asked, and what it says."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import bodies
from tests.bench.programs import CannotMeasure, running
from tests.bench.target import Target

_GRACE = 120


@dataclass(frozen=True)
class Shape:
    """One kind of request: protocol and size, for streams how many chunks, how far apart; and the model."""

    protocol: str
    size: int
    chunks: int | None = None
    pause_ms: int = 0
    model: str = bodies.MODEL

    @property
    def path(self) -> str:
        return bodies.PATHS[self.protocol]


@dataclass(frozen=True)
class Amount:
    """How much of it: over so many connections, until so many calls were begun or seconds have passed."""

    connections: int
    calls: int
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What the load generator reports."""

    calls: int
    errors: int
    seconds: float
    chunks: int
    bytes: int
    p50_us: float
    p90_us: float
    p99_us: float
    first_error: str


@dataclass(frozen=True)
class Load:
    """The compiled program. It runs where we run: on `core`."""

    program: Path
    core: int
    folder: Path

    def run(self, target: Target, shape: Shape, amount: Amount) -> Outcome:
        """Send it, to the end. A single wrong answer spoils the measurement: it is refused."""
        done = subprocess.run(
            self._command(target, shape, amount),
            capture_output=True,
            text=True,
            timeout=amount.seconds + _GRACE,
            check=False,
        )
        if done.returncode:
            raise CannotMeasure(f"The load generator failed: {done.stderr.strip() or done.returncode}")
        outcome = read(done.stdout)
        if outcome.errors or not outcome.calls:
            raise CannotMeasure(
                f"{target.name}: {outcome.errors} wrong answers, first: {outcome.first_error}"
            )
        return outcome

    @contextmanager
    def held(self, target: Target, shape: Shape, amount: Amount) -> Iterator[None]:
        """Send it, and leave in the middle: for streams that only have to be open."""
        with running(self._command(target, shape, amount), self.core):
            yield

    def _command(self, target: Target, shape: Shape, amount: Amount) -> list[str]:
        name = f"{shape.model}-{shape.protocol}-{shape.size}-{shape.chunks}-{shape.pause_ms}.json"
        body = self.folder / name
        if not body.exists():
            body.write_bytes(
                bodies.body(
                    shape.protocol,
                    shape.size,
                    chunks=shape.chunks,
                    pause_ms=shape.pause_ms,
                    model=shape.model,
                )
            )
        command = [str(self.program), "-u", target.base_url + shape.path, "-b", str(body)]
        command += ["-c", str(amount.connections), "-n", str(amount.calls)]
        command += ["-d", str(amount.seconds)]
        for header in target.headers:
            command += ["-H", header]
        return command if shape.chunks is None else [*command, "-E", str(shape.chunks)]


def read(printed: str) -> Outcome:
    """The line that the load generator prints."""
    return Outcome(**json.loads(printed))
