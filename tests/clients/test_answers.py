"""A question and its answer, connected in every way that the guide describes."""

import pytest

from portal.keys.models import ApiKey
from tests.clients.cases import over_every_route
from tests.clients.conftest import Bench, Make
from tests.clients.programs import PROGRAMS

pytestmark = pytest.mark.clients
OTHER_WAYS = [(client, way) for client, program in PROGRAMS.items() for way in list(program.ways)[1:]]


def answers(bench: Bench, issued: tuple[str, ApiKey], way: str = "") -> None:
    key, row = issued
    ran = bench.run(key, "Hello from the terminal", way)
    assert ran.code == 0, ran.said
    assert "This is Tollgate's sandbox speaking" in ran.said
    assert any(b"Hello from the terminal" in call.body for call in bench.back.calls)
    bench.assert_billed(row)


@over_every_route
def test_it_works(bench: Make, issued: tuple[str, ApiKey], client: str, route: str) -> None:
    answers(bench(client, route), issued)


@pytest.mark.parametrize(("client", "way"), OTHER_WAYS)
def test_every_way_of_its_guide(bench: Make, issued: tuple[str, ApiKey], client: str, way: str) -> None:
    answers(bench(client, PROGRAMS[client].protocols[0]), issued, way)


@pytest.mark.parametrize("client", ["claude", "codex", "droid"])
def test_the_addresses_of_other_guides(bench: Make, issued: tuple[str, ApiKey], client: str) -> None:
    """Without `/anthropic` and `/openai`, as most relays have it."""
    made = bench(client, PROGRAMS[client].protocols[0])
    made.bare = True
    answers(made, issued)
    assert not any(call.path.startswith(("/anthropic", "/openai")) for call in made.front.calls)
