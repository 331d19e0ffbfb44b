"""Half of what this machine can carry, for as long as `--soak MINUTES` says, while things break at random."""

import asyncio
import threading
import time
from pathlib import Path

import pytest

from tests.bench import bodies
from tests.bench.machine import allow_many_files, two_cores
from tests.bench.programs import compiled, running_upstream
from tests.faults.own import assert_nothing_lost_in, directory, own_stack
from tests.faults.processes import pid_of
from tests.soak.callers import Callers
from tests.soak.memory import Memory
from tests.soak.weather import SPARED, Weather
from tests.support.provisioned import provision
from tests.support.stack import Stack

_CAPACITY_SECONDS = 10
_LONGEST = 60.0  # a frozen gateway keeps the calls that it has taken
_WARM_UP = 60.0  # seconds of random faults after each has been seen once
_MOST_GROWTH = 1.0  # MiB an hour, after the warm-up
_MOST_STEPS_MB = 16  # what a burst may need that is worse than all of the warm-up
_OFFER = """
[[providers]]
name = "soak"
protocols = {{ openai_chat = "{upstream}", anthropic = "{upstream}" }}
allow_private_addresses = true
credentials = [{{ name = "only", value = "sk-a-secret-of-the-soak-at-its-own-upstream" }}]
[[models]]
name = "{model}"
routes = [
  {{ provider = "soak", protocol = "openai_chat", upstream = "{model}" }},
  {{ provider = "soak", protocol = "anthropic", upstream = "{model}" }},
]
price = {{ input = 3, output = 15, cache_read = "0.30" }}
cost = {{ input = 2, output = 10, cache_read = "0.20" }}
[[organizations]]
name = "Soak"
owner = "soak@example.org"
credit = 10_000_000
enforcement = "hard"
[[organizations.keys]]
name = "one"
limits = {{ rpm = 2_000_000, concurrency = 20_000 }}
budget = {{ total = 10_000_000 }}
"""


@pytest.mark.soak
@pytest.mark.timeout(0)  # it lasts as long as it was told to
def test_it_works(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Nothing is lost, nothing doubled, and no memory; what was measured is printed (`-s` shows it)."""
    with directory() as data, own_stack(data) as own:
        soak(own, tmp_path, pytestconfig.getoption("--soak"))


def soak(own: Stack, folder: Path, minutes: float) -> None:
    seed = int(time.time())
    allow_many_files()
    with running_upstream(compiled(folder)["upstream"], two_cores().others) as upstream:
        secrets = provision(
            own.data, _OFFER.format(upstream=upstream, model=bodies.MODEL), folder / "secrets.json"
        )
        callers = Callers(own.base_url, secrets["organizations"]["Soak"]["keys"]["one"], seed)
        weather = Weather(own, seed)
        memory = Memory(pid_of(own, SPARED))
        with memory.watched():
            capacity = asyncio.run(callers.capacity(_CAPACITY_SECONDS))
            warm: list[float] = []

            def blow() -> None:
                weather.show_everything()
                warm.append(memory.now() + _WARM_UP)
                weather.blow(time.monotonic() + _WARM_UP + 60 * minutes)

            blowing = threading.Thread(target=blow)
            blowing.start()
            asyncio.run(callers.steadily(capacity / 2, blowing.is_alive))
            blowing.join()
    growth, steps = memory.growth_mb_per_hour(after=warm[0]), memory.step_mb(after=warm[0])
    print(f"\nseed {seed}; {capacity:.0f} calls/s measured, half of it for {minutes} minutes")
    print(f"clients: {dict(callers.told())}; the longest wait {callers.answers.slowest:.1f} s")
    print(f"faults: {dict(weather.seen)}")
    print(f"{SPARED}: MB by minute {memory.by_minute()}")
    print(f"warm after {warm[0] / 60:.1f} minutes, then {growth:+.2f} MiB/h, {steps:+.1f} MB in steps")
    assert_nothing_lost_in(own, callers.answers, longest=_LONGEST)
    assert growth <= _MOST_GROWTH
    assert steps <= _MOST_STEPS_MB
