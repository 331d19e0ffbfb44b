"""A turn with a tool: the model calls it, the client runs it, the result goes back and is quoted."""

import pytest

from portal.keys.models import ApiKey
from tests.clients.cases import over_every_route, over_its_usual_route
from tests.clients.conftest import Bench, Make

pytestmark = pytest.mark.clients
KNOWN = {"codex": "gpt-5.5"}
"""Codex offers `apply_patch`, as free text, only to models whose names it knows."""


def turns(bench: Bench, issued: tuple[str, ApiKey], order: str) -> None:
    key, row = issued
    ran = bench.run(key, order)
    assert ran.code == 0, ran.said
    assert (bench.folder / "out.txt").read_text().strip() == "hello"
    assert "The tool answered" in ran.said
    bench.assert_billed(row)


@over_every_route
def test_it_works(bench: Make, issued: tuple[str, ApiKey], client: str, route: str) -> None:
    made = bench(client, route)
    turns(made, issued, made.program.shows)


@over_its_usual_route
def test_a_file_is_written(bench: Make, issued: tuple[str, ApiKey], client: str, route: str) -> None:
    made = bench(client, route, KNOWN.get(client, ""))
    turns(made, issued, made.program.writes(made.folder / "out.txt"))
