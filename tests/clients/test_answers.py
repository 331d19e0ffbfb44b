"""A question and its answer, connected in every way that the guide describes."""

from collections.abc import Callable

import pytest

from portal.keys.models import ApiKey
from tests.clients.cases import talks
from tests.clients.conftest import Bench
from tests.clients.programs import PROGRAMS

pytestmark = pytest.mark.clients
Make = Callable[[str, str, str], Bench]
OTHER_WAYS = [(client, way) for client, program in PROGRAMS.items() for way in list(program.ways)[1:]]


def answers(bench: Bench, issued: tuple[str, ApiKey], way: str = "") -> None:
    key, row = issued
    ran = bench.run(key, "Hello from the terminal", way)
    assert ran.code == 0, ran.said
    assert "Hello from the terminal" in ran.said
    assert "This is Tollgate's sandbox speaking" in ran.said
    bench.assert_billed(row)


@talks
def test_it_works(bench: Make, issued: tuple[str, ApiKey], client: str, protocol: str, route: str) -> None:
    answers(bench(client, protocol, route), issued)


@pytest.mark.parametrize(("client", "way"), OTHER_WAYS)
def test_every_way_of_its_guide(bench: Make, issued: tuple[str, ApiKey], client: str, way: str) -> None:
    protocol = PROGRAMS[client].protocols[0]
    answers(bench(client, protocol, protocol), issued, way)
