"""Reading and rewriting Messages requests."""

from typing import Any

import msgspec
import pytest

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.anthropic import CODEC
from tests.proxyapp.protocols.asking import ask, refused

BODY: dict[str, Any] = {
    "model": "claude-x",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "hi"}],
}


def test_it_works() -> None:
    call = ask(CODEC, {**BODY, "stream": True})
    assert (call.model, call.max_output, call.stream) == ("claude-x", 100, True)
    assert (call.answers, call.least_output, call.remote_media, call.unbounded) == (1, 1, 0, "")
    assert not call.hides_usage


@pytest.mark.parametrize("name", ["model", "max_tokens"])
def test_what_is_required(name: str) -> None:
    assert refused(CODEC, {key: value for key, value in BODY.items() if key != name}) == name
    assert refused(CODEC, {**BODY, name: None}) == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", ""),
        ("model", 5),
        ("model", "x" * 300),
        ("model", "a\nb"),
        ("max_tokens", -1),
        ("max_tokens", "100"),
        ("max_tokens", 1.5),
        ("max_tokens", True),
        ("max_tokens", 2**63),
        ("stream", "true"),
        ("stream", 1),
        ("thinking", "on"),
        ("fallbacks", [{"model": "claude-dear"}]),
    ],
)
def test_what_is_refused_is_named(name: str, value: Any) -> None:
    assert refused(CODEC, {**BODY, name: value}) == name


def test_a_ceiling_of_zero_fills_the_cache() -> None:
    assert ask(CODEC, {**BODY, "max_tokens": 0}).max_output == 0


@pytest.mark.parametrize(
    ("thinking", "least"),
    [
        ({"type": "enabled", "budget_tokens": 4096}, 5120),
        ({"type": "enabled", "budget_tokens": 4096, "display": "omitted"}, 5120),
        ({"type": "adaptive"}, 1),
        ({"type": "disabled"}, 1),
        (None, 1),
    ],
)
def test_a_ceiling_stays_above_the_thinking_budget(thinking: Any, least: int) -> None:
    assert ask(CODEC, {**BODY, "thinking": thinking}).least_output == least


def test_a_budget_given_twice_is_refused() -> None:
    body = b'{"model":"m","max_tokens":9,"thinking":{"type":"enabled","budget_tokens":1,"budget_tokens":9}}'
    with pytest.raises(InvalidRequest, match=r"thinking\.budget_tokens"):
        CODEC.read(body, None, None, "")


IMAGE = {"type": "image", "source": {"type": "url", "url": "https://h/i.png"}}
INLINE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
DOCUMENT = {"type": "document", "source": {"type": "url", "url": "https://h/d.pdf"}}
FILE = {"type": "document", "source": {"type": "file", "file_id": "file_1"}}


@pytest.mark.parametrize(
    ("content", "media", "unbounded"),
    [
        ("text about file_id and url", 0, ""),
        ([{"type": "text", "text": '"type":"url","url":"https://h"'}], 0, ""),
        ([INLINE], 0, ""),
        ([IMAGE, INLINE, IMAGE], 2, ""),
        ([DOCUMENT], 1, "document.source.url"),
        ([FILE], 0, "file_id"),
        ([{"type": "tool_result", "tool_use_id": "t", "content": [IMAGE]}], 1, ""),
        ([{"type": "tool_result", "tool_use_id": "t", "content": "ok"}], 0, ""),
        ([{"type": "tool_result", "content": [{"type": "tool_result", "content": [FILE]}]}], 0, "file_id"),
        ([{"type": "container_upload", "file_id": "file_1"}], 0, "file_id"),
        ([{"type": "something_new", "wrapped": {"deep": [IMAGE]}}], 1, ""),
    ],
)
def test_inputs_by_reference_are_counted(content: Any, media: int, unbounded: str) -> None:
    call = ask(CODEC, {**BODY, "messages": [{"role": "user", "content": content}]})
    assert (call.remote_media, call.unbounded) == (media, unbounded)


def test_keys_in_escapes_hide_no_reference() -> None:
    body = msgspec.json.encode({**BODY, "messages": [{"role": "user", "content": [IMAGE]}]})
    body = body.replace(b'"url":', b'"\\u0075rl":').replace(b'"content"', b'"c\\u006fntent"')
    assert CODEC.read(body, None, None, "").remote_media == 1


def test_state_kept_by_the_provider_is_unbounded() -> None:
    assert ask(CODEC, {**BODY, "thread": {"type": "continue"}}).unbounded == "thread"


def test_nothing_to_change_gives_the_same_bytes() -> None:
    call = ask(CODEC, BODY)
    assert CODEC.write(call, "claude-x", None) is call.body
    assert CODEC.write(call, "claude-x", 100) is call.body
    assert CODEC.write(call, "claude-x", 500) is call.body


def test_model_and_ceiling_are_changed_in_place() -> None:
    body = b'{"messages": [ {"n":1.0} ],"max_tokens":100,"model":"claude-x","temperature":1.0}'
    call = CODEC.read(body, None, None, "")
    written = CODEC.write(call, "claude-y", 64)
    assert written == b'{"messages":[ {"n":1.0} ],"max_tokens":64,"model":"claude-y","temperature":1.0}'


@pytest.mark.parametrize("base", ["https://h", "https://h/", "https://h/v1", "https://h/v1/"])
def test_the_url(base: str) -> None:
    assert CODEC.target(base, ask(CODEC, BODY), "claude-x") == "https://h/v1/messages"


def test_the_key_travels_in_its_own_header() -> None:
    assert CODEC.credentials("k") == [(b"x-api-key", b"k")]
