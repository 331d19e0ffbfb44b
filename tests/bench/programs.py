"""Programs that belong to a bench: compiled ones, and processes that must not outlive it."""

import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from portal.embedded.child import die_with_parent
from tests.bench import machine

_HERE = Path(__file__).parent


class CannotMeasure(Exception):
    """The bench cannot be run here, or not to its end: the reason, for a person to read."""


def compiled(folder: Path) -> dict[str, Path]:
    """The C programs by name, compiled into `folder`."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise CannotMeasure(
            "There is no C compiler (cc) here. Upstream and load generator are written in C, so that they\n"
            "cost less than what is measured. Debian: apt-get install -y gcc libc6-dev"
        )
    return {name: _compile(compiler, name, folder) for name in ("upstream", "load")}


def _compile(compiler: str, name: str, folder: Path) -> Path:
    program = folder / name
    command = [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(_HERE / f"{name}.c")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMeasure(f"{name}.c does not compile:\n{done.stderr}")
    return program


@contextmanager
def running(command: Sequence[str | Path], core: int) -> Iterator["subprocess.Popen[str]"]:
    """A process of ours on one core, ended with the block or with us."""
    process = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        machine.pin([process.pid], core)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def running_upstream(program: Path, core: int) -> Iterator[str]:
    """The upstream, and its base URL."""
    with running([program], core) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise CannotMeasure("The upstream did not start.")
        yield f"http://127.0.0.1:{port}"
