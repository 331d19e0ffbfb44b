"""Whoever is refused for a key is told why, in words and by code."""

import base64
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
    ("foreign", "whose"),
    [
        ("sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Anthropic"),
        ("sk-ant-oat01-AAAAAAAAAAAAAAAAAAAAAAAA", "Claude login"),
        ("sk-proj-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "OpenAI"),
        ("sk-" + 48 * "A", "OpenAI"),
        ("sk-or-v1-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "OpenRouter"),
        ("AIzaSyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Google"),
        ("ya29.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Google login"),
        ("cr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Claude Relay Service"),
        ("gsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Groq"),
        ("Basic dXNlcjpwYXNz", "a name and a password"),
        ("some-older-key", "not a key of this gateway"),
    ],
)
def test_a_key_of_somebody_else(stack: Stack, foreign: str, whose: str) -> None:
    error = refusal(stack, {"authorization": foreign})
    assert error["code"] == "foreign_api_key"
    assert "not a key of this gateway" in error["message"]
    assert whose in error["message"]
    assert foreign not in str(error)


@pytest.mark.parametrize(
    "placeholder",
    [
        "your-api-key-here",
        "YOUR_API_KEY",
        "sk-xxx",
        "sk_xxxxxxxxxxxxxxxxxx",
        "any",
        "any-value",
        "dummy",
        "<key>",
        "sk_您的API密钥",
        "ключ",
    ],
)
def test_a_placeholder(stack: Stack, placeholder: str) -> None:
    with httpx.Client(headers=[(b"authorization", b"Bearer " + placeholder.encode())]) as http:
        answer = http.post(f"{stack.base_url}/v1/chat/completions", json={"model": "x"})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "placeholder_api_key"
    assert "/settings/key-management" in answer.json()["error"]["hint"]


@pytest.mark.parametrize("name", ["$OPENAI_API_KEY", "${CCH_API_KEY}", "%KEY%", "{env:CCH_API_KEY}"])
def test_a_variable_that_was_not_replaced(stack: Stack, name: str) -> None:
    error = refusal(stack, {"authorization": f"Bearer {name}"})
    assert error["code"] == "placeholder_api_key"
    assert "name of a variable" in error["message"]


@pytest.mark.parametrize("header", ["api-key", "x-auth-token", "cookie", "proxy-authorization"])
def test_a_key_in_another_header(stack: Stack, key: str, header: str) -> None:
    error = refusal(stack, {header: f"key={key}"})
    assert error["code"] == "misplaced_api_key"
    assert ("a cookie" if header == "cookie" else header) in error["message"]
    assert "Authorization: Bearer" in error["hint"]
    assert key not in str(error)


def test_a_key_as_a_password(stack: Stack, key: str) -> None:
    basic = base64.b64encode(f"user:{key}".encode()).decode()
    error = refusal(stack, {"authorization": f"Basic {basic}"})
    assert error["code"] == "misplaced_api_key"
    assert "Authorization: Basic" in error["message"]


def test_a_key_in_the_body(stack: Stack, key: str) -> None:
    asked = {"model": "sandbox-gpt", "messages": [], "api_key": key}
    error = httpx.post(f"{stack.base_url}/v1/chat/completions", json=asked).json()["error"]
    assert error["code"] == "misplaced_api_key"
    assert "the body" in error["message"]


def test_keys_that_differ_are_named_by_their_carriers(stack: Stack, key: str) -> None:
    error = refusal(stack, {"authorization": f"Bearer {token.mint().text}", "x-api-key": key})
    assert error["code"] == "conflicting_api_keys"
    assert "in Authorization and in x-api-key" in error["message"]


def test_a_mistyped_key(stack: Stack, key: str) -> None:
    error = refusal(stack, {"x-api-key": mistyped(key)})
    assert error["code"] == "mistyped_api_key"
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
