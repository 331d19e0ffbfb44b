"""A prompt that is too long: how long, how long it may be, and what makes it so."""

from typing import Any

import msgspec
import pytest

from proxyapp.protocols.base import Call
from proxyapp.protocols.oversize import is_about_length, largest_message, too_long

CALL = Call(
    protocol="anthropic",
    model="m",
    body=msgspec.json.encode(
        {"messages": [{"role": "user", "content": "x" * 4_000}, {"role": "assistant", "content": "y"}]}
    ),
)


def explained(words: str) -> tuple[str, dict[str, Any], str]:
    problem = too_long(CALL, words, context_tokens=500, reserved=64).problem
    assert (problem.status, problem.code) == (400, "context_length_exceeded")
    return problem.message, problem.details, problem.hint


def test_it_works() -> None:
    message, details, hint = explained("Input is too long for this model.")
    assert message == "prompt is too long: 1020 tokens > 500 maximum"
    assert details["largest_message"] == {"path": "messages[0]", "role": "user", "tokens": 1007}
    assert "64 tokens are kept" in hint
    assert "messages[0]" in hint


@pytest.mark.parametrize(
    "words",
    [
        "prompt is too long: 210,000 tokens > 200,000 maximum",
        "This model's maximum context length is 200000 tokens. However, you asked for 210000 tokens.",
        "The input token count (210000) exceeds the maximum number of tokens allowed (200000).",
        "claude-4-20250929: prompt is too long: 210000 > 200000 (request id: 2025112807163999123456789ab)",
    ],
)
def test_the_providers_own_numbers_win(words: str) -> None:
    assert is_about_length(words)
    assert explained(words)[0] == "prompt is too long: 210000 tokens > 200000 maximum"


def test_an_estimate_is_above_the_limit() -> None:
    problem = too_long(CALL, "Input is too long for this model.", context_tokens=200_000, reserved=64).problem
    assert problem.message == "prompt is too long: 200001 tokens > 200000 maximum"


def test_other_refusals_are_not_about_length() -> None:
    assert not is_about_length("max_tokens: must be greater than 0")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"input": [{"role": "user", "content": "a"}, {"type": "message"}]}, "input[0]"),
        ({"contents": [{"parts": []}, {"role": "model", "parts": [{"text": "long"}]}]}, "contents[1]"),
    ],
)
def test_in_every_protocol(body: dict[str, Any], path: str) -> None:
    assert largest_message(msgspec.json.encode(body))["path"] == path


@pytest.mark.parametrize("body", [b"{}", b'{"input":"text"}', b'{"messages":[]}', b"broken"])
def test_where_there_is_none(body: bytes) -> None:
    assert largest_message(body) == {}
