"""Upstream and load generator understand each other, and notice what is wrong."""

import json
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.bench.load import Amount, Load, Shape
from tests.bench.machine import two_cores
from tests.bench.programs import CannotMeasure
from tests.bench.target import Target

A_FEW = Amount(connections=4, calls=20, seconds=20)


@pytest.fixture
def load(programs: dict[str, Path], tmp_path: Path) -> Load:
    return Load(programs["load"], two_cores().others, tmp_path)


@pytest.fixture
def direct(upstream: str) -> Target:
    return Target("direct", upstream, dict)


def test_it_works(load: Load, direct: Target) -> None:
    outcome = load.run(direct, Shape("chat", 2_000), A_FEW)
    assert (outcome.calls, outcome.errors) == (20, 0)
    assert 0 < outcome.p50_us <= outcome.p99_us


@pytest.mark.parametrize("protocol", ["chat", "messages"])
@pytest.mark.parametrize("pause_ms", [0, 1])
def test_every_chunk_of_a_stream_is_counted(load: Load, direct: Target, protocol: str, pause_ms: int) -> None:
    assert load.run(direct, Shape(protocol, 400, 30, pause_ms), A_FEW).chunks == 20 * 30


def test_large_bodies_arrive(load: Load, direct: Target) -> None:
    assert load.run(direct, Shape("messages", 110_000), A_FEW).calls == 20


def test_every_call_reaches_the_upstream(load: Load, direct: Target) -> None:
    load.run(direct, Shape("chat", 400), A_FEW)
    with urllib.request.urlopen(f"{direct.base_url}/__stat") as answer:
        assert json.load(answer)["requests"] == 20


def test_a_wrong_answer_spoils_the_measurement(load: Load, direct: Target) -> None:
    lost = Target("lost", f"{direct.base_url}/nowhere/__stat?", dict)
    with pytest.raises(CannotMeasure, match="without its end mark"):
        load.run(lost, Shape("chat", 400), A_FEW)


def test_a_dead_target_is_told(load: Load) -> None:
    with pytest.raises(CannotMeasure):
        load.run(Target("dead", "http://127.0.0.1:1", dict), Shape("chat", 400), A_FEW)


def test_only_the_loopback_address_is_loaded(load: Load) -> None:
    done = subprocess.run(
        [load.program, "-u", "http://192.0.2.1:80/", "-b", "/dev/null"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "127.0.0.1" in done.stderr
