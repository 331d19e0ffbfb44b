"""A whole file: what it declares, and how everything wrong with it is named at once."""

import pytest

from .filing import document, problems

EVERYTHING = """
    [[providers]]
    name = "sandbox"
    protocols = { anthropic = "http://127.0.0.1:9/", gemini = "https://g.example.com" }
    credentials = [{ name = "a", value = "sk-1" }, { name = "b", env = "PROVIDER_SECRET" }]
    allow_private_addresses = true

    [[models]]
    name = "m"
    price = { input = 3, output = 15.5, cache_read = "0.3" }
    cost = { per_call = 0.01 }
    [[models.routes]]
    provider = "sandbox"
    protocol = "anthropic"
    upstream = "up"
    priority = 2
    weight = 3

    [[organizations]]
    name = "Acme"
    owner = "Alice@Example.com"
    credit = "12.50"
    enforcement = "relaxed"
    [[organizations.keys]]
    name = "CI"
    limits = { rpm = 60, concurrency = 4 }
    budget = { total = 1 }
"""


def test_it_works() -> None:
    found = document(EVERYTHING)
    (provider,), (model,), (organization,) = found.providers, found.models, found.organizations
    assert provider.protocols == {"anthropic": "http://127.0.0.1:9", "gemini": "https://g.example.com"}
    assert [(each.name, each.secret) for each in provider.credentials or ()] == [
        ("a", "sk-1"),
        ("b", "sk-from-the-environment"),
    ]
    (route,) = model.routes
    assert (route.provider, route.upstream, route.priority, route.weight) == ("sandbox", "up", 2, 3)
    assert model.price
    assert (model.price["output"], model.price["cache_write_1h"]) == (15_500_000, 3_000_000)
    assert (organization.owner, organization.credit) == ("alice@example.com", 12_500_000_000)
    (key,) = organization.keys
    assert key.limits
    assert key.budget
    assert (key.limits.rpm, key.limits.concurrency, key.budget.total) == (60, 4, 1_000_000_000)


def test_what_is_not_mentioned_is_none() -> None:
    found = document("""
        [[providers]]
        name = "p"
        protocols = { gemini = "https://g" }
        [[models]]
        name = "m"
        routes = [{ provider = "p", protocol = "gemini" }]
        [[organizations]]
        name = "Acme"
        owner = "a@example.com"
        keys = [{ name = "CI" }]
    """)
    (provider,), (model,), (organization,) = found.providers, found.models, found.organizations
    assert (provider.credentials, provider.allow_private_addresses) == (None, None)
    assert (model.price, model.cost, model.routes[0].upstream) == (None, None, "m")
    assert (organization.credit, organization.enforcement) == (None, None)
    assert (organization.keys[0].limits, organization.keys[0].budget) == (None, None)


def test_an_empty_file_declares_nothing() -> None:
    assert document("").models == ()


def test_a_file_that_is_not_toml_is_refused() -> None:
    assert problems("a = = 1")[0].startswith("not TOML: ")


def test_all_problems_are_named_at_once() -> None:
    found = problems("""
        colour = "red"
        [[models]]
        routes = [
          { provider = "p", protocol = "anthropic", upstream = "u" },
          { provider = "p", protocol = "anthropic", upstream = "v", wieght = 2 },
          7,
        ]
        [[organizations]]
        name = 7
    """)
    assert found == [
        "models[0].name: is missing",
        "models[0].routes[2]: must be a table, not a number",
        "models[0].routes[1].wieght: unknown field (did you mean weight?)",
        "organizations[0].name: must be text, not a number",
        "organizations[0].owner: is missing",
        "colour: unknown field",
    ]


def test_a_secret_is_in_no_representation() -> None:
    assert "sk-1" not in repr(document(EVERYTHING))


@pytest.mark.parametrize("table", ["providers", "models", "organizations"])
def test_one_table_in_the_place_of_many_is_refused(table: str) -> None:
    assert problems(f"[{table}]") == [f"{table}: must be an array of tables, not a table"]


def test_the_same_name_twice_is_refused() -> None:
    found = problems("""
        [[models]]
        name = "m"
        routes = []
        [[models]]
        name = "m"
        routes = []
    """)
    assert found == ["models[1].name: duplicate of models[0].name"]


def test_organizations_that_would_be_found_under_the_same_name_are_refused() -> None:
    found = problems("""
        organizations = [
          { name = "Big Corp", owner = "a@example.com" },
          { name = "big corp", owner = "a@example.com" },
        ]
    """)
    assert found == ["organizations[1].name: duplicate of organizations[0].name"]


def test_a_name_without_latin_letters_has_an_address_of_its_own() -> None:
    found = document("""
        organizations = [
          { name = "测试", owner = "a@example.com" },
          { name = "演示", owner = "a@example.com" },
        ]
    """)
    assert len({organization.slug for organization in found.organizations}) == 2
