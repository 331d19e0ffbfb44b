"""The readings as a Markdown table, beside what this project promises itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.attacks import ATTACKS
from tests.bench.readings import Readings

_HEAD = ("", "direct", "nginx", "Tollgate", "compared", "promised", "")
MET, MISSED = "✓", "missed"


@dataclass(frozen=True)
class Promise:
    """A promise in words, and whether a pair (nginx or direct, gateway) keeps it."""

    words: str
    kept: Callable[[float, float], bool]


@dataclass(frozen=True)
class Row:
    """A quantity of a figure. `compared` says how: `ratio` to nginx, `added` to direct, or not at all."""

    label: str
    figure: str
    quantity: str
    digits: int
    compared: str = ""
    promise: Promise | None = None


def _times_nginx(most: float) -> Promise:
    return Promise(f"≤ {most:g} × nginx", lambda nginx, own: own <= most * nginx)


def _added(most: float) -> Promise:
    return Promise(f"≤ {most:g} ms added", lambda direct, own: own - direct <= most)


_TRANSLATED = (
    ("chat_paced", "Chat over Messages, paced"),
    ("chat_burst", "Chat over Messages, burst"),
    ("messages_paced", "Messages over Chat, paced"),
    ("messages_burst", "Messages over Chat, burst"),
)
_BESIDE = (
    ("p99 ms of another tenant", "p99_ms", 2, None),
    ("the same without them", "p99_alone_ms", 2, None),
    ("times as long, p50", "p50_ratio", 2, None),
    ("times as long, p99", "p99_ratio", 2, Promise("≤ 1.2", lambda _, own: own <= 1.2)),
)
ROWS = (
    Row("CPU-ms per call, body 0.4 kB", "json_400b", "own_ms", 3, "ratio"),
    Row("CPU-ms per call, body 2 kB", "json_2k", "own_ms", 3, "ratio", _times_nginx(5)),
    Row("CPU-ms per call, body 110 kB", "json_110k", "own_ms", 3, "ratio"),
    Row("calls/s on one core, body 2 kB", "json_2k", "calls_per_s", 0),
    Row("Valkey CPU-ms per call", "json_2k", "valkey_ms", 3),
    Row("PostgreSQL CPU-ms per call", "json_2k", "postgres_ms", 3),
    Row("Celery CPU-ms per call", "json_2k", "celery_ms", 3),
    Row("SSE, Chat Completions, paced: CPU-µs per chunk", "sse_chat_paced", "us_per_chunk", 1, "ratio"),
    Row("SSE, Chat Completions, burst: CPU-µs per chunk", "sse_chat_burst", "us_per_chunk", 1, "ratio"),
    Row("SSE, Messages, paced: CPU-µs per chunk", "sse_messages_paced", "us_per_chunk", 1, "ratio"),
    Row("SSE, Messages, burst: CPU-µs per chunk", "sse_messages_burst", "us_per_chunk", 1, "ratio"),
    *(
        Row(f"SSE, {told}: {words}", f"translated_{kind}", quantity, 1, "", promise)
        for kind, told in _TRANSLATED
        for words, quantity, promise in (
            ("CPU-µs per chunk", "us_per_chunk", None),
            ("times as much as passed through", "times_passed", Promise("≤ 3", lambda _, own: own <= 3)),
        )
    ),
    Row("latency of one call at a time, p50 ms", "latency", "p50_ms", 2, "added", _added(1)),
    Row("latency of one call at a time, p99 ms", "latency", "p99_ms", 2, "added", _added(3)),
    Row(
        "kB per open stream", "streams", "kb_per_stream", 1, "", Promise("≤ 30 kB", lambda _, own: own <= 30)
    ),
    Row("% of a core while they idle (a chunk a second)", "streams", "busy_percent", 1, "ratio"),
    Row("MB of memory, fresh", "streams", "fresh_mb", 0),
    Row("MB of memory, after all of this", "weight", "mb", 0),
    *(
        Row(f"beside {told}: {words}", f"neighbours_{attack}", quantity, digits, "", promise)
        for attack, told in ((attack, attack.replace("_", " ")) for attack in ATTACKS)
        for words, quantity, digits, promise in _BESIDE
    ),
    Row(
        "usage events/s into PostgreSQL",
        "drain",
        "events_per_s",
        0,
        "",
        Promise("≥ 20,000/s", lambda _, own: own >= 20_000),
    ),
    Row("Celery CPU-µs per usage event", "drain", "celery_us", 1),
    Row("PostgreSQL CPU-µs per usage event", "drain", "postgres_us", 1),
)
_SSE = _times_nginx(1.5)


def table(readings: Readings) -> str:
    """Every row that was measured, as Markdown."""
    lines = [_line(_HEAD), _line(["---"] + ["---:"] * 4 + ["---", "---"])]
    lines += [_line(_cells(readings, row)) for row in ROWS if _value(readings, row, "gateway") is not None]
    return "\n".join(lines)


def heading(facts: Mapping[str, str]) -> str:
    """What was measured with, in a line."""
    return "; ".join(f"{name} {value}" if name else value for name, value in facts.items())


def _cells(readings: Readings, row: Row) -> list[str]:
    own = _value(readings, row, "gateway")
    assert own is not None
    nginx, direct = _value(readings, row, "nginx"), _value(readings, row, "direct")
    base = direct if row.compared == "added" else nginx
    compared = _compared(row.compared, base, own)
    promise = _SSE if row.figure.startswith("sse") else row.promise
    cells = [_number(row.digits, value) for value in (direct, nginx)]
    cells += [_number(row.digits, own) + _spread(readings, row), compared]
    if promise is None:
        return [row.label, *cells, "", ""]
    told = base is not None or not row.compared
    verdict = (MET if promise.kept(base or 0, own) else MISSED) if told else "not compared"
    return [row.label, *cells, promise.words, verdict]


def _compared(how: str, base: float | None, own: float) -> str:
    if base is None or not how or (how == "ratio" and not base):
        return ""
    return f"{own / base:.1f} ×" if how == "ratio" else f"+{own - base:.2f}"


def _value(readings: Readings, row: Row, target: str) -> float | None:
    return readings.median(row.figure, target, row.quantity)


def _number(digits: int, value: float | None) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _spread(readings: Readings, row: Row) -> str:
    found = readings.spread(row.figure, "gateway", row.quantity)
    return "" if found is None else f" ({found[0]:,.{row.digits}f}–{found[1]:,.{row.digits}f})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
