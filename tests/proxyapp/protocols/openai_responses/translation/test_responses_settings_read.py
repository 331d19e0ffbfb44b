"""What else a Responses request asks for, and what of it is lost or refused."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import AnswerFormat, Reasoning
from tests.proxyapp.protocols.openai_responses.translation.saying import read, refused

SCHEMA = {"type": "object", "properties": {}}


def test_it_works() -> None:
    question = read(
        max_output_tokens=99,
        temperature=0.5,
        top_p=1,
        reasoning={"effort": "high", "summary": "auto"},
        text={"verbosity": "low", "format": {"type": "text"}},
        user="u",
        service_tier="flex",
        store=False,
        include=["reasoning.encrypted_content"],
        truncation="disabled",
    )
    assert (question.ceiling, question.temperature, question.top_p) == (99, 0.5, 1)
    assert question.reasoning == Reasoning(effort="high", shown=True)
    assert (question.verbosity, question.format) == ("low", None)
    assert (question.user, question.tier) == ("u", "flex")
    assert question.losses == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "json_object"}, AnswerFormat()),
        (
            {"type": "json_schema", "name": "n", "description": "d", "schema": SCHEMA, "strict": True},
            AnswerFormat(schema=SCHEMA, name="n", description="d", strict=True),
        ),
    ],
)
def test_formats(given: Any, expected: AnswerFormat) -> None:
    assert read(text={"format": given}).format == expected


def test_the_safety_identifier_says_who_asks() -> None:
    question = read(safety_identifier="u")
    assert (question.user, question.losses) == ("u", [])


def test_beside_the_user_the_safety_identifier_is_a_loss() -> None:
    question = read(user="u", safety_identifier="v")
    assert (question.user, question.losses) == ("u", ["safety_identifier"])


@pytest.mark.parametrize(
    "members",
    [
        {"metadata": {"a": "b"}},
        {"client_metadata": {"a": "b"}},
        {"prompt_cache_key": "k"},
        {"truncation": "auto"},
        {"top_logprobs": 5},
        {"store": True},
        {"include": ["message.output_text.logprobs"]},
        {"something_new": 1},
    ],
)
def test_what_cannot_be_said_is_a_loss(members: Any) -> None:
    assert read(**members).losses == list(members)


@pytest.mark.parametrize(
    "members", [{"metadata": {}}, {"top_logprobs": 0}, {"store": None}, {"something": []}]
)
def test_what_asks_for_nothing_is_no_loss(members: Any) -> None:
    assert read(**members).losses == []


@pytest.mark.parametrize(
    ("reasoning", "losses"),
    [
        ({"summary": "detailed"}, ["reasoning.summary"]),
        ({"context": "all_turns"}, ["reasoning.context"]),
        ({"mode": "pro"}, ["reasoning.mode"]),
        ({"context": "auto", "mode": "standard"}, []),
    ],
)
def test_finer_points_of_reasoning(reasoning: Any, losses: list[str]) -> None:
    assert read(reasoning=reasoning).losses == losses


def test_losses_are_named_once_and_without_places() -> None:
    items = [{"role": "user", "content": "a", "phase": "commentary"}] * 2
    assert read(input=items).losses == ["input[].phase"]


def test_a_name_that_is_no_word_is_not_repeated() -> None:
    items = [{"role": "user", "content": "a", "x\r\ny: z": 1}]
    assert read(input=items).losses == ["input[]"]


@pytest.mark.parametrize(
    "members",
    [
        {"previous_response_id": "resp_1"},
        {"conversation": "conv_1"},
        {"conversation": {"id": "conv_1"}},
        {"prompt": {"id": "pmpt_1"}},
        {"background": True},
    ],
)
def test_what_is_stored_is_refused(members: Any) -> None:
    problem = refused(**members)
    assert (problem.code, problem.details["param"]) == ("not_translatable", next(iter(members)))


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"input": None}, "input"),
        ({"input": 5}, "input"),
        ({"input": ["x"]}, "input[0]"),
        ({"instructions": 5}, "instructions"),
        ({"temperature": "1"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"max_output_tokens": -1}, "max_output_tokens"),
        ({"reasoning": {"effort": "enormous"}}, "reasoning.effort"),
        ({"reasoning": "high"}, "reasoning"),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
        ({"text": {"format": {"type": "json_schema"}}}, "text.format.schema"),
        ({"include": "x"}, "include"),
    ],
)
def test_what_is_wrong_is_named(members: Any, param: str) -> None:
    assert refused(**members).details["param"] == param
