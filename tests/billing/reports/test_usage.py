"""/usage: sums, chart and tables, from the roll-ups."""

import re

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.keys.models import ApiKey
from portal.organizations.models import Organization, Role
from proxyapp.usage import TokenUsage
from tests.billing.given import drained
from tests.billing.reports.used import call, failed
from tests.support import cast
from tests.support.calls import ask
from tests.support.offers import offer
from tests.support.pages import HTMX, queries, signed_in, source, words
from tests.support.stack import Stack
from tests.support.waiting import eventually


def after(page: str, label: str) -> str:
    return page.partition(label)[2].split()[0]


def bars(page: str) -> list[str]:
    return re.findall(r"<title>(.*?)</title>", page.partition("chart-plot")[2], re.S)


def test_it_works(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model, charged=2_500_000_000), failed(laptop, model))
    page = words(signed_in(alice).get("/usage"))
    assert after(page, "Spent today") == "$2.50"
    assert after(page, "Spent this month") == "$2.50"
    assert after(page, "Spent this month $2.50 Calls") == "2"
    assert after(page, "Calls 2 Tokens") == "120"
    assert after(page, "Failed") == "50.0%"


def test_the_first_run_says_what_to_do_and_looks_again(alice: User, acme: Organization) -> None:
    response = signed_in(alice).get("/usage")
    assert "No calls yet" in words(response)
    assert 'hx-trigger="every 3s"' in source(response)


def test_a_real_call_is_there(stack: Stack, alice: User, acme: Organization, key: str) -> None:
    assert ask(stack, key).status_code == 200
    client = signed_in(alice)
    eventually(lambda: "Latest calls" in words(client.get("/usage")))
    page = words(client.get("/usage"))
    assert "Test key" in page
    assert "Spent today <$0.01" in page


def test_the_share_that_came_from_the_cache(alice: User, laptop: ApiKey, model: str) -> None:
    usage = TokenUsage(input=100, cache_read=800, cache_write_5m=60, cache_write_1h=40, output=7)
    drained(call(laptop, model, usage=usage))
    assert after(words(signed_in(alice).get("/usage")), "Read from cache") == "80.0%"


def test_latency_is_that_of_most_calls(alice: User, laptop: ApiKey, model: str) -> None:
    drained(*(call(laptop, model, latency_ms=150) for _ in range(19)), call(laptop, model, latency_ms=30_000))
    page = words(signed_in(alice).get("/usage"))
    assert re.search(r"Latency 1\d\d ms 95% within (1\d\d|200) ms", page)


def test_the_month_is_the_calendars(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model, days_ago=32))
    page = words(signed_in(alice).get("/usage?days=90"))
    assert after(page, "Spent this month") == "$0.00"
    assert "Spent this month $0.00 Calls 1" in page


@pytest.mark.parametrize(("asked", "days"), [("7", 7), ("90", 90), ("", 30), ("8", 30), ("x", 30)])
def test_the_period_is_in_the_address(alice: User, laptop: ApiKey, model: str, asked: str, days: int) -> None:
    drained(call(laptop, model))
    assert len(bars(source(signed_in(alice).get(f"/usage?days={asked}")))) == days


def test_days_outside_the_period_do_not_count(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model), call(laptop, model, days_ago=7))
    page = words(signed_in(alice).get("/usage?days=7"))
    assert re.search(r"Spent this month \S+ Calls 1 ", page)


def test_the_chart_is_of_money_by_model(alice: User, laptop: ApiKey, model: str) -> None:
    other = offer("anthropic")
    drained(call(laptop, model, charged=3_000_000_000), call(laptop, other, charged=1_000_000_000))
    today = bars(source(signed_in(alice).get("/usage")))[-1]
    assert today.endswith(f": $4.00\n{model}: $3.00\n{other}: $1.00")


def test_small_models_are_one_colour(alice: User, laptop: ApiKey, model: str) -> None:
    drained(*(call(laptop, offer("anthropic"), charged=10**9 * (9 - n)) for n in range(7)))
    today = bars(source(signed_in(alice).get("/usage")))[-1]
    assert today.endswith("Other models: $7.00")
    assert today.count("\n") == 6


def test_the_chart_can_be_of_tokens(alice: User, laptop: ApiKey, model: str) -> None:
    usage = TokenUsage(input=1, cache_read=2, cache_write_5m=3, cache_write_1h=4, output=5)
    drained(call(laptop, model, usage=usage))
    today = bars(source(signed_in(alice).get("/usage?show=tokens")))[-1]
    assert today.endswith(": 15\nInput: 1\nCache read: 2\nCache write: 7\nOutput: 5")


def test_the_chart_can_be_of_calls(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model), call(laptop, model), failed(laptop, model))
    page = source(signed_in(alice).get("/usage?show=calls"))
    assert bars(page)[-1].endswith(": 3\nSucceeded: 2\nFailed: 1")
    assert '<rect class="bad"' in page


def test_the_chart_is_a_table_for_those_who_cannot_see_it(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model, charged=3_000_000_000))
    assert re.search(r"The chart as a table Day \S+ Total ", words(signed_in(alice).get("/usage")))


def test_it_can_be_narrowed_to_a_key(alice: User, acme: Organization, laptop: ApiKey, model: str) -> None:
    other = cast.issue(acme, alice).key
    drained(call(laptop, model, charged=3_000_000_000), call(other, model, charged=1_000_000_000))
    page = words(signed_in(alice).get(f"/usage?key={other.pk}"))
    assert after(page, "Spent today") == "$1.00"
    assert "Key: Test key" in page


def test_it_can_be_narrowed_to_a_model(alice: User, laptop: ApiKey, model: str) -> None:
    other = offer("anthropic")
    drained(call(laptop, model, charged=3_000_000_000), call(laptop, other, charged=1_000_000_000))
    row = f"/usage?model={call(laptop, other).model_id}"
    page = words(signed_in(alice).get(row))
    assert after(page, "Spent today") == "$1.00"


def test_filters_stay_in_the_links(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model))
    page = source(signed_in(alice).get(f"/usage?key={laptop.pk}&days=7&show=calls"))
    assert f'href="?key={laptop.pk}&amp;days=7&amp;show=tokens"' in page


@pytest.mark.parametrize("key", ["0", "x", "99999999999999999999999"])
def test_a_key_that_is_none_is_404(alice: User, acme: Organization, key: str) -> None:
    assert signed_in(alice).get(f"/usage?key={key}").status_code == 404


def test_strangers_get_404(charlie: User, globex: Organization, laptop: ApiKey) -> None:
    assert signed_in(charlie).get(f"/usage?key={laptop.pk}").status_code == 404


def test_strangers_see_nothing(charlie: User, globex: Organization, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model))
    assert "No calls yet" in words(signed_in(charlie).get("/usage"))


@pytest.mark.parametrize("role", list(Role))
def test_every_member_may_look(acme: Organization, role: Role) -> None:
    member = cast.joins(cast.person(role), acme, role)
    assert signed_in(member).get("/usage").status_code == 200


def test_visitors_are_asked_to_sign_in(acme: Organization) -> None:
    assert Client().get("/usage").headers["Location"] == "/account/login/?next=/usage"


def test_htmx_gets_the_report_alone(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model))
    page = source(signed_in(alice).get("/usage?days=7", headers=HTMX))
    assert page.strip().startswith('<div id="report"')
    assert "<html" not in page


def test_it_says_how_fresh_it_is(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model))
    assert re.search(r"Data as of \d\d:\d\d:\d\d UTC", words(signed_in(alice).get("/usage")))


def test_more_history_needs_no_more_queries(
    alice: User, acme: Organization, laptop: ApiKey, model: str
) -> None:
    drained(call(laptop, model))
    client = signed_in(alice)
    few = queries(client, "/usage")
    keys = [cast.issue(acme, alice).key for _ in range(4)]
    models = [offer("anthropic") for _ in range(4)]
    drained(*(call(key, model, days_ago=days) for key in keys for model in models for days in range(3)))
    assert queries(client, "/usage") == few
    assert few <= 25
