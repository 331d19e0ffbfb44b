"""What a client does when it is refused: it says why, and it does not go on asking."""

import pytest

from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.clients.cases import over_its_usual_route
from tests.clients.conftest import Make
from tests.support import cast

pytestmark = pytest.mark.clients
MOST_REQUESTS = {"codex": 6, "opencode": 2}
"""Codex tries a 401 six times whatever it is told, OpenCode asks for a title too; all others ask once."""
SPENT = {"codex": "Quota exceeded"}
"""Codex has words of its own for spent money; all others show ours."""


@over_its_usual_route
def test_it_works(bench: Make, client: str, route: str, key: str) -> None:
    """A key that is mistyped."""
    refused = bench(client, route)
    ran = refused.run(key[:-1] + ("a" if key[-1] != "a" else "b"), "Hello")
    assert "This API key is mistyped or cut off" in ran.said
    assert 1 <= len(refused.front.calls) <= MOST_REQUESTS.get(client, 1)
    assert not refused.back.calls


@over_its_usual_route
def test_a_spent_budget(bench: Make, client: str, route: str, acme: Organization, alice: User) -> None:
    refused = bench(client, route)
    ran = refused.run(cast.key(acme, alice, budget_total=1), "Hello")
    assert SPENT.get(client, "This key has spent its budget") in ran.said
    assert 1 <= len(refused.front.calls) <= min(2, MOST_REQUESTS.get(client, 1))
    assert not refused.back.calls
