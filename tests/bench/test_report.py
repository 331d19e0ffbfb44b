"""Readings become a table that says what was promised and whether it is kept."""

from tests.bench.profiling import top
from tests.bench.readings import Readings
from tests.bench.report import MET, MISSED, heading, table


def readings(figure: str, quantity: str, **targets: float) -> Readings:
    found = Readings()
    for target, value in targets.items():
        found.add(figure, target, {quantity: value})
    return found


def test_it_works() -> None:
    found = readings("json_2k", "own_ms", nginx=0.02, gateway=0.06)
    [row] = table(found).splitlines()[2:]
    assert row == f"| CPU-ms per call, body 2 kB |  | 0.020 | 0.060 | 3.0 × | ≤ 5 × nginx | {MET} |"


def test_a_missed_promise_is_said() -> None:
    found = readings("sse_chat_paced", "us_per_chunk", nginx=10, gateway=16)
    assert f"| 1.6 × | ≤ 1.5 × nginx | {MISSED} |" in table(found)


def test_latency_is_compared_with_no_gateway_at_all() -> None:
    found = readings("latency", "p50_ms", direct=0.02, nginx=0.1, gateway=0.52)
    assert f"| +0.50 | ≤ 1 ms added | {MET} |" in table(found)


def test_without_nginx_nothing_is_claimed() -> None:
    found = readings("json_2k", "own_ms", gateway=0.06)
    assert "| ≤ 5 × nginx | not compared |" in table(found)


def test_absolute_promises_need_no_nginx() -> None:
    found = readings("drain", "events_per_s", gateway=25_000)
    assert f"| 25,000 |  | ≥ 20,000/s | {MET} |" in table(found)


def test_the_middle_of_several_rounds_is_shown_with_the_range() -> None:
    found = Readings()
    for value in (3.0, 1.0, 2.0):
        found.add("streams", "gateway", {"kb_per_stream": value})
    assert "| 2.0 (1.0–3.0) |" in table(found)


def test_what_was_not_measured_has_no_row() -> None:
    assert table(Readings()).count("\n") == 1


def test_the_heading_names_what_was_measured_with() -> None:
    assert heading({"": "2026-11-20", "Python": "3.11"}) == "2026-11-20; Python 3.11"


def test_a_profile_shows_where_the_time_goes() -> None:
    shown = top("main;read 1\nmain;write 3\n").splitlines()
    assert shown == ["100.0 %   0.0 %  main", " 75.0 %  75.0 %  write", " 25.0 %  25.0 %  read"]


def test_what_neighbours_notice_is_compared_with_their_own_time_alone() -> None:
    found = readings("neighbours_slow_readers", "p99_ratio", gateway=1.1)
    assert f"| beside slow readers: times as long, p99 |  |  | 1.10 |  | ≤ 1.2 | {MET} |" in table(found)
