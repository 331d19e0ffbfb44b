"""A turn with a tool: the model calls it, the client runs it, the result goes back and is quoted."""

from collections.abc import Callable

import pytest

from portal.keys.models import ApiKey
from tests.clients.cases import talks
from tests.clients.conftest import Bench
from tests.clients.programs import PROGRAMS

pytestmark = pytest.mark.clients
Make = Callable[[str, str, str], Bench]


@talks
def test_it_works(bench: Make, issued: tuple[str, ApiKey], client: str, protocol: str, route: str) -> None:
    key, row = issued
    bench_of_client = bench(client, protocol, route)
    ran = bench_of_client.run(key, PROGRAMS[client].order)
    assert ran.code == 0, ran.said
    assert (ran.folder / "out.txt").read_text() == "hello\n"
    assert "The tool answered" in ran.said
    assert len(bench_of_client.back.calls) >= 2
    bench_of_client.assert_billed(row)
