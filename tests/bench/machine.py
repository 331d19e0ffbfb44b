"""The machine as Linux shows it: cores, processor time and memory of processes."""

import os
import platform
import resource
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_MOST_FILES = 65_536
_NICE = 10


@dataclass(frozen=True)
class Cores:
    """`measured` belongs to what is measured alone; everything else runs on `others`."""

    measured: int
    others: int

    @property
    def shared(self) -> bool:
        return self.measured == self.others


def two_cores() -> Cores:
    """The first two cores that this process may use; twice the same where there is one."""
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(allowed[0], allowed[min(1, len(allowed) - 1)])


def pin(pids: Iterable[int], *cores: int) -> None:
    """Bind the processes, their descendants, and all of their threads to these cores."""
    for pid in family(pids):
        for thread in _listed(_PROC / str(pid) / "task"):
            with suppress(ProcessLookupError):  # it ended meanwhile
                os.sched_setaffinity(thread, cores)


def family(pids: Iterable[int]) -> list[int]:
    """The processes that still run, and their descendants."""
    children: dict[int, list[int]] = {}
    for pid in _listed(_PROC):
        if fields := _stat(pid):
            children.setdefault(int(fields[1]), []).append(pid)
    found: list[int] = []
    waiting = [pid for pid in pids if _stat(pid)]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.append(pid)
            waiting += children.get(pid, [])
    return found


def give_way(pids: Iterable[int]) -> None:
    """Let the processes and their descendants run where nobody else wants to."""
    for pid in family(pids):
        for thread in _listed(_PROC / str(pid) / "task"):
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, thread, _NICE)


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time of the processes, of their descendants, and of children that have ended."""
    return sum(_own_seconds(pid) + _ended_seconds(pid) for pid in family(pids))


def busy_seconds(core: int) -> float:
    """How long the core has worked for anybody, or was taken away by the host, since the machine started."""
    for line in (_PROC / "stat").read_text().splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}":
            user, nice, system, *_, steal = (int(field) for field in fields[:8])
            return (user + nice + system + steal) / _TICKS
    return 0.0


def memory_kb(pids: Iterable[int], what: str = "Rss") -> int:
    """Memory of the processes and their descendants: `Rss`, or `Pss`, which counts shared pages once."""
    return sum(_rollup(pid, what) for pid in family(pids))


def allow_many_files() -> int:
    """Raise the limit of open files for this process and those that it starts; how many it is now."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit


def processor() -> str:
    for line in (_PROC / "cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _listed(directory: Path) -> list[int]:
    try:
        return [int(name) for name in os.listdir(directory) if name.isdigit()]
    except FileNotFoundError:
        return []


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none where there is no such process."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _own_seconds(pid: int) -> float:
    """To the nanosecond by thread where the kernel tells, else to a hundredth of a second."""
    try:
        threads = [path.read_text().split() for path in (_PROC / str(pid) / "task").glob("*/schedstat")]
    except (FileNotFoundError, ProcessLookupError):
        threads = []
    if threads:
        return sum(int(fields[0]) for fields in threads) / 1e9
    return sum(int(field) for field in _stat(pid)[11:13]) / _TICKS


def _ended_seconds(pid: int) -> float:
    return sum(int(field) for field in _stat(pid)[13:15]) / _TICKS


def _rollup(pid: int, what: str) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{what}:")), 0)
