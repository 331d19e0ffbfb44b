"""What some of OpenAI's models refuse is not sent to them."""

import pytest

from proxyapp.protocols.canonical import Effort, Reasoning, Text
from tests.proxyapp.protocols.openai_responses.translation.saying import asking, write


def test_it_works() -> None:
    body, written = write(asking(Text(text="a"), temperature=0.5, top_p=0.9), "some-model")
    assert (body["temperature"], body["top_p"], written.losses) == (0.5, 0.9, [])


@pytest.mark.parametrize("model", ["gpt-5.1-codex", "o3", "o4-mini", "openai/gpt-5", "codex-mini-latest"])
def test_those_that_reason_cannot_be_sampled(model: str) -> None:
    body, written = write(asking(Text(text="a"), temperature=0.5, top_p=1), model)
    assert not {"temperature", "top_p"} & set(body)
    assert written.losses == ["temperature"]


def test_unless_they_are_told_not_to_reason() -> None:
    question = asking(Text(text="a"), temperature=0.5, reasoning=Reasoning(effort="none"))
    assert write(question, "gpt-5.1")[0]["temperature"] == 0.5


def test_those_that_chat_can() -> None:
    assert write(asking(Text(text="a"), temperature=0.5), "gpt-5-chat-latest")[0]["temperature"] == 0.5


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1-mini", "openai/gpt-4o", "ft:gpt-4o:a:b"])
def test_the_older_ones_are_not_asked_to_reason(model: str) -> None:
    body, written = write(asking(Text(text="a"), reasoning=Reasoning(effort="high")), model)
    assert not {"reasoning", "include"} & set(body)
    assert written.losses == ["reasoning"]


def test_not_to_reason_is_no_loss_to_them() -> None:
    assert write(asking(Text(text="a"), reasoning=Reasoning(effort="none")), "gpt-4o")[1].losses == []


@pytest.mark.parametrize(
    ("model", "asked", "effort"),
    [
        ("gpt-5", "none", "minimal"),
        ("gpt-5", "minimal", "minimal"),
        ("gpt-5.2", "none", "none"),
        ("gpt-5.2", "minimal", "low"),
        ("gpt-5.1-codex", "none", "low"),
        ("o4-mini", "minimal", "low"),
        ("o4-mini", "high", "high"),
        ("some-model", "none", "none"),
    ],
)
def test_an_effort_that_is_too_little_is_raised(model: str, asked: Effort, effort: str) -> None:
    body, written = write(asking(Text(text="a"), reasoning=Reasoning(effort=asked)), model)
    assert body["reasoning"] == {"effort": effort}
    assert written.losses == ([] if asked == effort else ["reasoning.effort"])
