"""The tables of organizations and keys, field by field."""

import pytest

from .filing import document, problems

ACME = '[[organizations]]\nname = "Acme"\nowner = "alice@example.com"\n'


def organization(fields: str) -> list[str]:
    return problems(ACME + fields)


def test_it_works() -> None:
    assert organization('credit = 10\nenforcement = "hard"\nkeys = [{ name = "CI" }]') == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("credit = -1", "credit: must not be negative"),
        ("credit = 0.0000000001", "credit: 1E-10 USD is finer than can be booked exactly"),
        ("credit = true", "credit: must be an amount in USD, not a boolean"),
        ('enforcement = "hrad"', "enforcement: must be one of hard, relaxed, not hrad (did you mean hard?)"),
        ("keys = [{}]", "keys[0].name: is missing"),
        (
            'keys = [{ name = "a", limits = { rpm = 0 } }]',
            "keys[0].limits.rpm: must be from 1 to 2147483647, not 0",
        ),
        (
            'keys = [{ name = "a", limits = { tpm = 5 } }]',
            "keys[0].limits.tpm: unknown field (did you mean rpm?)",
        ),
        ('keys = [{ name = "a", budget = 5 }]', "keys[0].budget: must be a table, not a number"),
        (
            'keys = [{ name = "a", budget = { total = nan } }]',
            "keys[0].budget.total: must be a finite amount",
        ),
        (
            'keys = [{ name = "a" }, { name = "a" }]',
            "keys[1].name: duplicate of organizations[0].keys[0].name",
        ),
    ],
)
def test_it_is_refused(fields: str, problem: str) -> None:
    assert organization(fields) == [f"organizations[0].{problem}"]


@pytest.mark.parametrize("owner", ["alice", "alice@", "@example.com"])
def test_an_owner_without_an_address_is_refused(owner: str) -> None:
    found = problems(f'[[organizations]]\nname = "Acme"\nowner = "{owner}"')
    assert found == [f"organizations[0].owner: must be an e-mail address, not {owner}"]


def test_an_empty_table_lifts_all_it_could_set() -> None:
    (acme,) = document(ACME + 'keys = [{ name = "a", limits = {}, budget = {} }]').organizations
    (key,) = acme.keys
    assert key.limits
    assert key.budget
    assert (key.limits.rpm, key.limits.concurrency, key.budget.total) == (None, None, None)
