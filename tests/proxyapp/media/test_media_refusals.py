"""What /v3 refuses, in its flat errors, before anything is charged."""

from typing import Any

import httpx
import pytest
from django.db import OperationalError

from portal.accounts.models import User
from portal.catalogue import services
from portal.catalogue.models import Provider
from portal.organizations.models import Organization
from proxyapp.media.models import MediaTask
from proxyapp.media.views import MediaView
from tests.support import cast, purse
from tests.support.calls import ask as chat
from tests.support.media import NANO, ask, offer, order
from tests.support.stack import Stack


def flat(answer: httpx.Response, status: int, reason: str) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["code"], found["reason"]) == (status, status, reason)
    assert set(found) == {"code", "reason", "message", "metadata"}
    assert found["metadata"]["trace_id"] == answer.headers["x-trace-id"]
    return found


def nothing_charged(organization: Organization) -> bool:
    tasks = MediaTask.objects.using("platform").filter(organization_id=organization.pk)
    money = purse.wallet(organization)
    return not tasks.exists() and (money["spent"], money["held"]) == (0, 0)


def test_it_works(stack: Stack, acme: Organization, key: str) -> None:
    found = flat(ask(stack, key, "async/no-such-model", json={"prompt": "x"}), 404, "MODEL_NOT_FOUND")
    assert "no-such-model" in found["message"]
    assert nothing_charged(acme)


def test_no_key_and_a_wrong_key(stack: Stack) -> None:
    path = f"{stack.base_url}/v3/async/anything"
    flat(httpx.post(path, json={}), 401, "INVALID_API_KEY")
    flat(httpx.post(path, json={}, headers={"Authorization": "Bearer sk_x"}), 401, "FAILED_TO_AUTH")


def test_money_that_is_short(stack: Stack, acme: Organization, key: str) -> None:
    model = offer()
    purse.leave(acme, NANO - 1)
    flat(ask(stack, key, f"async/{model}", json={"prompt": "x"}), 402, "NOT_ENOUGH_BALANCE")
    assert nothing_charged(acme)


def test_a_budget_that_is_spent(stack: Stack, acme: Organization, alice: User) -> None:
    key = cast.key(acme, alice, budget_total=NANO)
    model = offer()
    order(stack, key, model)
    flat(ask(stack, key, f"async/{model}", json={"prompt": "x"}), 402, "BUDGET_EXCEEDED")


def test_too_many_a_minute(stack: Stack, acme: Organization, alice: User) -> None:
    key = cast.key(acme, alice, rpm=1)
    model = offer()
    order(stack, key, model)
    answer = ask(stack, key, f"async/{model}", json={"prompt": "x"})
    flat(answer, 429, "RATE_LIMIT_EXCEEDED")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("meter", "body", "param"),
    [
        ("images", {"n": 0}, "n"),
        ("images", {"parameters": {"n": "many"}}, "parameters.n"),
        ("images", {"n": True}, "n"),
        ("seconds", {"prompt": "x"}, "duration"),
        ("characters", {"voice": "alto"}, "text"),
        ("images", {"extra": {"webhook": {"url": "nonsense"}}}, "extra.webhook.url"),
    ],
)
def test_what_cannot_be_priced(
    stack: Stack, acme: Organization, key: str, meter: str, body: dict[str, Any], param: str
) -> None:
    answer = ask(stack, key, f"async/{offer(meter=meter)}", json=body)
    assert flat(answer, 400, "INVALID_REQUEST_BODY")["metadata"]["param"] == param
    assert nothing_charged(acme)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"prompt": "\\u0000"}', b'{"seed": 1e999}'])
def test_what_is_no_object(stack: Stack, key: str, body: bytes) -> None:
    flat(ask(stack, key, f"async/{offer()}", content=body), 400, "INVALID_REQUEST_BODY")


@pytest.mark.parametrize("depth", [960, 100_000])
def test_what_is_nested_too_deeply(stack: Stack, key: str, depth: int) -> None:
    body = b'{"prompt":' + b"[" * depth + b"]" * depth + b"}"
    flat(ask(stack, key, f"async/{offer()}", content=body), 400, "INVALID_REQUEST_BODY")


def test_a_body_that_is_too_large(stack: Stack, key: str) -> None:
    body = b'{"prompt": "%b"}' % (b"x" * (32 * 1024 * 1024))
    model = offer()
    flat(ask(stack, key, f"async/{model}", content=body), 413, "REQUEST_TOO_LARGE")
    flat(ask(stack, key, f"async/{model}", content=iter([body])), 413, "REQUEST_TOO_LARGE")  # no length told


def test_a_model_without_a_price(stack: Stack, key: str) -> None:
    model = services.add_model(name="unpriced-media", actor=None)
    services.set_route(
        model=model,
        provider=Provider.objects.get(name="Sandbox"),
        protocol="media_v3",
        upstream_model="image",
        actor=None,
    )
    flat(ask(stack, key, "async/unpriced-media", json={"prompt": "x"}), 403, "MODEL_WITHOUT_PRICE")


def test_programs_are_told_whether_to_try_again(stack: Stack, acme: Organization, alice: User) -> None:
    model, key = offer(), cast.key(acme, alice, rpm=0)
    wait = ask(stack, key, f"async/{model}", json={"prompt": "x"})
    assert (wait.status_code, wait.headers["x-should-retry"]) == (429, "true")
    assert int(wait.headers["retry-after"]) > 0
    assert ask(stack, key, "async/no-such-model", json={}).headers["x-should-retry"] == "false"


def test_a_database_that_is_away() -> None:
    """It comes back, so it is no fault that programs should give up at."""
    view = MediaView()
    view.trace_id = "0" * 32
    problem = view._problem(OperationalError("the server closed the connection"))
    assert (problem.status, problem.code, problem.retry_after) == (503, "not_ready", 5)


def test_a_model_that_is_priced_by_tokens_alone(stack: Stack, acme: Organization, key: str) -> None:
    """It would be free."""
    answer = ask(stack, key, f"async/{offer(meter='output')}", json={"prompt": "x"})
    flat(answer, 403, "MODEL_WITHOUT_PRICE")
    assert nothing_charged(acme)


def test_a_model_of_messages_is_not_media_and_the_other_way_round(stack: Stack, key: str) -> None:
    found = flat(ask(stack, key, "async/sandbox-claude", json={"prompt": "x"}), 400, "WRONG_ENDPOINT")
    assert "/anthropic/v1/messages" in found["metadata"]["hint"]
    model = offer()
    assert f"/v3/async/{model}" in chat(stack, key, model=model).text


def test_media_is_not_among_the_models_of_messages(stack: Stack, key: str) -> None:
    listed = httpx.get(f"{stack.base_url}/v1/models", headers={"Authorization": f"Bearer {key}"}).json()
    assert offer() not in {model["id"] for model in listed["data"]}


@pytest.mark.parametrize("task_id", ["", "7", "0" * 32])
def test_a_task_that_is_none(stack: Stack, key: str, task_id: str) -> None:
    answer = ask(stack, key, "async/task-result", "GET", params={"task_id": task_id})
    assert answer.status_code == (404 if len(task_id) == 32 else 400)


def test_where_nothing_is(stack: Stack, key: str) -> None:
    flat(ask(stack, key, "nothing/here", "GET"), 404, "API_NOT_FOUND")
    flat(ask(stack, key, "", "GET"), 404, "API_NOT_FOUND")
    flat(ask(stack, key, "async/anything", "GET"), 405, "METHOD_NOT_ALLOWED")
