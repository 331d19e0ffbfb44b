"""Point 5: errors in the caller's form, under the status that keeps this caller from repeating them."""

import httpx
import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.proxyapp.clients.agents import CLAUDE_CODE, CODEX, DROID, GEMINI_CLI
from tests.support import cast, provider, purse, wire
from tests.support.offers import offer
from tests.support.stack import Stack

HOMES = [
    ("anthropic", CLAUDE_CODE),
    ("openai_responses", CODEX),
    ("gemini", GEMINI_CLI),
    ("anthropic", DROID),
    ("openai_responses", DROID),
    ("openai_chat", DROID),
]


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def ask(stack: Stack, key: str, protocol: str, agent: str, model: str, *, script: str = "") -> httpx.Response:
    return httpx.post(
        stack.base_url + wire.path(protocol, model),
        json=wire.body(protocol, model),
        headers=wire.headers(protocol, key, script=script) | {"user-agent": agent},
        timeout=wire.PATIENCE,
    )


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.headers["x-should-retry"]


def test_it_works(stack: Stack, key: str) -> None:
    assert told(ask(stack, key, "anthropic", CLAUDE_CODE, "no-such-model")) == (404, "false")


@pytest.mark.parametrize(("protocol", "agent"), HOMES)
def test_a_wrong_key(stack: Stack, protocol: str, agent: str) -> None:
    assert told(ask(stack, "sk-other", protocol, agent, "any-model")) == (401, "false")


@pytest.mark.parametrize(
    ("protocol", "agent", "status"),
    [
        ("anthropic", CLAUDE_CODE, 402),
        ("openai_responses", CODEX, 429),
        ("openai_chat", "OpenAI/Python 3.52.0", 402),
        ("gemini", GEMINI_CLI, 402),
        ("anthropic", DROID, 403),
        ("openai_responses", DROID, 403),
        ("openai_chat", DROID, 403),
    ],
)
def test_no_credit(
    stack: Stack, acme: Organization, issued: Issued, protocol: str, agent: str, status: int
) -> None:
    purse.leave(acme, 0)
    answer = ask(stack, issued.secret, protocol, agent, offer(protocol))
    assert told(answer) == (status, "false")
    assert "retry-after" not in answer.headers


def test_codex_without_credit_reads_the_code(stack: Stack, acme: Organization, issued: Issued) -> None:
    purse.leave(acme, 0)
    answer = ask(stack, issued.secret, "openai_responses", CODEX, offer("openai_responses"))
    assert answer.json()["error"]["code"] == "insufficient_quota"


def test_gemini_without_credit_has_a_quota_failure(stack: Stack, acme: Organization, issued: Issued) -> None:
    purse.leave(acme, 0)
    details = ask(stack, issued.secret, "gemini", GEMINI_CLI, offer("gemini")).json()["error"]["details"]
    kinds = [detail["@type"].rpartition(".")[2] for detail in details]
    assert kinds == ["ErrorInfo", "QuotaFailure"]
    assert details[1]["violations"][0]["subject"] == "wallet"


@pytest.mark.parametrize(("protocol", "agent"), HOMES)
def test_a_limit(stack: Stack, acme: Organization, alice: User, protocol: str, agent: str) -> None:
    key, model = cast.key(acme, alice, rpm=1), offer(protocol)
    ask(stack, key, protocol, agent, model)
    answer = ask(stack, key, protocol, agent, model)
    assert told(answer) == (429, "true")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    ("protocol", "agent", "status"),
    [
        ("anthropic", CLAUDE_CODE, 502),
        ("openai_responses", CODEX, 503),
        ("openai_responses", "OpenAI/Python 3.52.0", 502),
        ("gemini", GEMINI_CLI, 502),
        ("openai_chat", DROID, 502),
    ],
)
def test_a_provider_that_is_down(stack: Stack, key: str, protocol: str, agent: str, status: int) -> None:
    model = provider.offer_over(provider.provider_at(provider.nobody()), protocol=protocol)
    assert told(ask(stack, key, protocol, agent, model)) == (status, "true")


def test_codex_reads_that_the_server_is_overloaded(stack: Stack, key: str) -> None:
    model = provider.offer_over(provider.provider_at(provider.nobody()), protocol="openai_responses")
    error = ask(stack, key, "openai_responses", CODEX, model).json()["error"]
    assert (error["code"], error["reason"]) == ("server_is_overloaded", "upstream_failed")


@pytest.mark.parametrize(
    ("protocol", "agent", "status"),
    [("anthropic", CLAUDE_CODE, 529), ("openai_responses", CODEX, 503), ("gemini", GEMINI_CLI, 503)],
)
def test_a_provider_that_is_overloaded(
    stack: Stack, key: str, protocol: str, agent: str, status: int
) -> None:
    answer = ask(stack, key, protocol, agent, offer(protocol, script="~status-529"))
    assert told(answer) == (status, "true")


@pytest.mark.parametrize(
    ("protocol", "agent", "status"),
    [
        ("anthropic", CLAUDE_CODE, 404),
        ("openai_responses", CODEX, 400),
        ("gemini", GEMINI_CLI, 404),
        ("openai_chat", DROID, 404),
    ],
)
def test_an_unknown_model(stack: Stack, key: str, protocol: str, agent: str, status: int) -> None:
    assert told(ask(stack, key, protocol, agent, "no-such-model")) == (status, "false")


@pytest.mark.parametrize(
    ("protocol", "agent", "status"),
    [("anthropic", CLAUDE_CODE, 413), ("openai_responses", CODEX, 400), ("gemini", GEMINI_CLI, 413)],
)
def test_a_body_too_large(stack: Stack, key: str, protocol: str, agent: str, status: int) -> None:
    answer = httpx.post(
        stack.base_url + wire.path(protocol, "any-model"),
        content=b"x" * (32 * 2**20 + 1),
        headers=wire.headers(protocol, key) | {"user-agent": agent},
        timeout=wire.PATIENCE,
    )
    assert told(answer) == (status, "false")


@pytest.mark.parametrize(
    ("protocol", "agent"), [("openai_responses", CODEX), ("openai_chat", "OpenAI/Python 3.52.0")]
)
def test_a_prompt_too_long_is_known_by_its_code(stack: Stack, key: str, protocol: str, agent: str) -> None:
    words = b'{"error":{"message":"This model\'s maximum context length is 8 tokens."}}'
    with provider.playing(provider.whole(words, status=400)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol=protocol)
        answer = ask(stack, key, protocol, agent, model)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "context_length_exceeded"


def test_a_prompt_too_long_is_known_by_its_words(stack: Stack, key: str) -> None:
    words = b'{"type":"error","error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}'
    with provider.playing(provider.whole(words, status=400)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = ask(stack, key, "anthropic", CLAUDE_CODE, model)
    assert answer.status_code == 400
    assert "prompt is too long: 210000 tokens > 200000 maximum" in answer.json()["error"]["message"]
