"""Whoever is refused for a key is told why, in words and by code."""

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from portal.accounts.models import User
from portal.keys import services as keys
from portal.kit.scope import organization_scope
from portal.organizations.models import Organization
from proxyapp import token
from proxyapp.auth import identify
from proxyapp.errors import NotReady, Unauthenticated
from proxyapp.http import Message, Request
from proxyapp.resp import Redis
from proxyapp.store import Store
from tests.support import cast, wire
from tests.support.stack import Stack
from tests.support.waiting import eventually


def refusal(stack: Stack, headers: dict[str, str]) -> dict[str, str]:
    """The error object of a call that must be answered 401."""
    answer = httpx.post(
        f"{stack.base_url}/v1/chat/completions",
        json=wire.body("openai_chat", "sandbox-gpt"),
        headers=headers,
        timeout=wire.PATIENCE,
    )
    assert answer.status_code == 401
    assert answer.headers["x-should-retry"] == "false"
    error: dict[str, str] = answer.json()["error"]
    return error


def mistyped(key: str) -> str:
    return key[:20] + ("a" if key[20] != "a" else "b") + key[21:]


def test_it_works(stack: Stack) -> None:
    error = refusal(stack, {})
    assert error["code"] == "missing_api_key"
    assert "No API key was sent" in error["message"]
    assert "/settings/key-management" in error["hint"]


@pytest.mark.parametrize("said", ["Bearer", "", '""'])
def test_a_carrier_without_a_key_is_a_missing_key(stack: Stack, said: str) -> None:
    assert refusal(stack, {"authorization": said})["code"] == "missing_api_key"


@pytest.mark.parametrize(
    "foreign",
    [
        "your-api-key-here",
        "$OPENAI_API_KEY",
        "sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "sk-proj-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AIzaSyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "Basic dXNlcjpwYXNz",
        "ключ",
    ],
)
def test_a_key_of_somebody_else(stack: Stack, foreign: str) -> None:
    with httpx.Client(headers=[(b"authorization", foreign.encode())]) as http:
        answer = http.post(f"{stack.base_url}/v1/chat/completions", json={"model": "x"})
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert error["code"] == "invalid_api_key"
    assert "not a key of this gateway" in error["message"]
    assert foreign not in answer.text


def test_a_mistyped_key(stack: Stack, key: str) -> None:
    error = refusal(stack, {"x-api-key": mistyped(key)})
    assert error["code"] == "invalid_api_key"
    assert "mistyped or cut off" in error["message"]


def test_a_key_cut_off(stack: Stack, key: str) -> None:
    assert "mistyped or cut off" in refusal(stack, {"x-api-key": key[:-1]})["message"]


def test_a_key_that_nobody_issued(stack: Stack) -> None:
    error = refusal(stack, {"x-api-key": token.mint().text})
    assert error["code"] == "invalid_api_key"
    assert "does not exist here" in error["message"]


def test_an_expired_key(stack: Stack, acme: Organization, alice: User) -> None:
    past = timezone.now() - timedelta(days=3)
    error = refusal(stack, {"x-api-key": cast.key(acme, alice, expires_at=past)})
    assert error["code"] == "api_key_expired"
    assert f"{past:%Y-%m-%d}" in error["message"]


def test_a_disabled_key_and_the_same_enabled_again(stack: Stack, acme: Organization, alice: User) -> None:
    issued = cast.issue(acme, alice)
    with organization_scope(acme.pk):
        keys.disable(key=issued.key, actor=alice)
    assert refusal(stack, {"x-api-key": issued.secret})["code"] == "api_key_disabled"
    with organization_scope(acme.pk):
        keys.enable(key=issued.key, actor=alice)
    model = "sandbox-claude"
    eventually(lambda: wire.post(stack, issued.secret, "anthropic", model).status_code == 200, seconds=1)


def test_a_revoked_key(stack: Stack, acme: Organization, alice: User) -> None:
    issued = cast.issue(acme, alice)
    cast.revoke(issued.key, alice)
    error = refusal(stack, {"x-api-key": issued.secret})
    assert error["code"] == "api_key_revoked"
    assert "has been revoked" in error["message"]


async def _nothing() -> Message:
    raise AssertionError("the body must not be read")


def asking(key: str) -> Request:
    scope = {"method": "POST", "path": "/v1/messages", "headers": [(b"x-api-key", key.encode())]}
    return Request(scope, _nothing)


async def test_garbage_is_refused_without_a_look_up(stack: Stack, key: str) -> None:
    away = "unix:///nowhere/valkey.sock"
    store = Store(Redis(away), away)
    with pytest.raises(Unauthenticated):
        await identify(asking(mistyped(key)), store, b"pepper of sixteen")
    with pytest.raises(NotReady):  # what is well-formed does ask, and nobody is let in unasked
        await identify(asking(key), store, b"pepper of sixteen")
