"""What cannot be accepted is refused before anything is held, and the complaint names the field."""

import json
from typing import Any

import httpx
import pytest

from portal.catalogue import services
from portal.catalogue.models import AIModel
from portal.organizations.models import Organization
from tests.support import purse, wire
from tests.support.offers import offer
from tests.support.stack import Stack

SKINNED = ["anthropic", "openai_chat", "openai_responses", "gemini"]
BODILY = ["anthropic", "openai_chat", "openai_responses"]  # the body names the model


def send(stack: Stack, key: str, protocol: str, content: bytes, model: str = "sandbox") -> httpx.Response:
    return httpx.post(
        stack.base_url + wire.path(protocol, model),
        content=content,
        headers=wire.headers(protocol, key) | {"content-type": "application/json"},
        timeout=wire.PATIENCE,
    )


def complaint(stack: Stack, key: str, protocol: str, content: bytes) -> str:
    answer = send(stack, key, protocol, content)
    assert answer.status_code == 400
    assert answer.headers["x-should-retry"] == "false"
    return str(answer.json()["error"]["message"])


def with_field(protocol: str, **changed: Any) -> bytes:
    return json.dumps(wire.body(protocol, "sandbox") | changed).encode()


def test_it_works(stack: Stack, key: str) -> None:
    assert "JSON" in complaint(stack, key, "anthropic", b'{"model": "x", ')


@pytest.mark.parametrize("protocol", SKINNED)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_where_json_is_expected(stack: Stack, key: str, protocol: str, kind: str) -> None:
    answer = httpx.post(
        stack.base_url + wire.path(protocol, "sandbox"),
        content=b"model=sandbox&prompt=Hello",
        headers=wire.headers(protocol, key) | {"content-type": kind},
        timeout=wire.PATIENCE,
    )
    assert answer.status_code == 400
    assert f"sent as '{kind}'" in answer.text


@pytest.mark.parametrize("protocol", SKINNED)
def test_json_under_another_name_is_json(stack: Stack, key: str, protocol: str) -> None:
    """Many programs do not say what they send, or say something else."""
    answer = httpx.post(
        stack.base_url + wire.path(protocol, "sandbox"),
        content=json.dumps(wire.body(protocol, "sandbox")),
        headers=wire.headers(protocol, key) | {"content-type": "text/plain"},
        timeout=wire.PATIENCE,
    )
    assert answer.json()["error"]["message"].startswith("There is no model")


@pytest.mark.parametrize("protocol", SKINNED)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"{'model': 'x'}",
        b"{} trailing",
        b"\xff\xfe{}",
        b'{"a": \x00}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
)
def test_a_body_that_is_no_json_object(stack: Stack, key: str, protocol: str, content: bytes) -> None:
    complaint(stack, key, protocol, content)


@pytest.mark.parametrize("protocol", SKINNED)
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999999999"])
def test_a_number_that_is_none(stack: Stack, key: str, protocol: str, number: str) -> None:
    name = {"gemini": "generationConfig", "anthropic": "max_tokens", "openai_chat": "max_completion_tokens"}
    field = name.get(protocol, "max_output_tokens")
    value = f'{{"maxOutputTokens": {number}}}' if protocol == "gemini" else number
    sent = json.dumps(wire.body(protocol, "sandbox") | {field: "here"}).replace('"here"', value)
    complaint(stack, key, protocol, sent.encode())


@pytest.mark.parametrize("protocol", BODILY)
def test_two_models(stack: Stack, key: str, protocol: str) -> None:
    sent = with_field(protocol).replace(b"{", b'{"model": "cheap", ', 1)
    assert "'model' appears more than once" in complaint(stack, key, protocol, sent)


@pytest.mark.parametrize("protocol", BODILY)
def test_two_models_one_of_them_escaped(stack: Stack, key: str, protocol: str) -> None:
    sent = with_field(protocol).replace(b"{", b'{"m\\u006fdel": "cheap", ', 1)
    assert "more than once" in complaint(stack, key, protocol, sent)


def test_two_ceilings_in_gemini(stack: Stack, key: str) -> None:
    config = {"maxOutputTokens": 1, "max_output_tokens": 10_000}
    assert "max_output_tokens" in complaint(
        stack, key, "gemini", with_field("gemini", generationConfig=config)
    )


@pytest.mark.parametrize("protocol", BODILY)
@pytest.mark.parametrize(
    ("field", "value"),
    [("model", 7), ("model", ["a"]), ("stream", "yes"), ("stream", 1), ("model", "a\nb"), ("model", "")],
)
def test_a_wrong_type_is_named(stack: Stack, key: str, protocol: str, field: str, value: Any) -> None:
    assert f"'{field}'" in complaint(stack, key, protocol, with_field(protocol, **{field: value}))


@pytest.mark.parametrize("protocol", BODILY)
def test_no_model(stack: Stack, key: str, protocol: str) -> None:
    assert "'model'" in complaint(stack, key, protocol, with_field(protocol, model=None))


@pytest.mark.parametrize("ceiling", [-1, 1.5, "100", 10**12, True])
def test_a_ceiling_that_is_none(stack: Stack, key: str, ceiling: Any) -> None:
    sent = with_field("anthropic", max_tokens=ceiling)
    assert "'max_tokens'" in complaint(stack, key, "anthropic", sent)


def test_nothing_was_held_or_sent(stack: Stack, acme: Organization, key: str) -> None:
    before = purse.wallet(acme)
    send(stack, key, "anthropic", b'{"model": "x", "model": "y"}')
    assert purse.wallet(acme) == before


def test_an_unpriced_model_is_refused_and_never_free(stack: Stack, key: str) -> None:
    name = offer("anthropic")
    from_sale(name)
    answer = wire.post(stack, key, "anthropic", name)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "model_without_price"


def from_sale(name: str) -> None:
    price = services.open_price(book="sell", model=AIModel.objects.get(name=name))
    assert price is not None
    services.close_price(price=price, actor=None)
