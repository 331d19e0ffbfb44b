"""A request that is not what Messages allows, or wants what no translation can give, names its field."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.anthropic.translation import TRANSLATOR
from tests.proxyapp.protocols.anthropic.translation.test_messages_questions_read import BODY, CLAUDE_CODE


def refusal(members: dict[str, Any]) -> tuple[str, Any]:
    """Code and field of the refusal of a request with these members."""
    with pytest.raises(InvalidRequest) as caught:
        TRANSLATOR.read_question(msgspec.json.encode({**BODY, **members}), "m", stream=False)
    return caught.value.problem.code, caught.value.problem.details.get("param")


def in_message(*blocks: Any) -> dict[str, Any]:
    """A conversation whose second message has these blocks."""
    return {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": list(blocks)}]}


def test_it_works() -> None:
    assert refusal({"system": 5}) == ("invalid_request", "system")


AT = "messages[1].content[0]"


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": {}}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "tool", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        (in_message({"text": "a"}), f"{AT}.type"),
        (in_message({"type": "text"}), f"{AT}.text"),
        (in_message({"type": "text", "text": 1}), f"{AT}.text"),
        (
            in_message({"type": "text", "text": "a", "cache_control": {"type": "x"}}),
            f"{AT}.cache_control.type",
        ),
        (
            in_message({"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "2h"}}),
            f"{AT}.cache_control.ttl",
        ),
        (in_message({"type": "image"}), f"{AT}.source"),
        (in_message({"type": "image", "source": {"type": "other"}}), f"{AT}.source.type"),
        (in_message({"type": "image", "source": {"type": "url", "url": 1}}), f"{AT}.source.url"),
        (in_message({"type": "tool_use", "id": "t", "name": "n", "input": []}), f"{AT}.input"),
        (in_message({"type": "tool_result", "tool_use_id": "t"}), f"{AT}.tool_use_id"),
        ({"tools": [{"name": "f"}]}, "tools[0].input_schema"),
        ({"tools": [{"name": 1, "input_schema": {}}]}, "tools[0].name"),
        ({"tool_choice": {"type": "some"}}, "tool_choice.type"),
        ({"tool_choice": {"type": "tool"}}, "tool_choice.name"),
        ({"stop_sequences": ["a", 1]}, "stop_sequences[1]"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"top_k": 1.5}, "top_k"),
        ({"thinking": {"type": "on"}}, "thinking.type"),
        ({"output_config": {"effort": "huge"}}, "output_config.effort"),
        ({"output_config": {"format": {"type": "json"}}}, "output_config.format.type"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format.schema"),
    ],
)
def test_wrong_types_are_named_by_their_path(members: dict[str, Any], param: str) -> None:
    assert refusal(members) == ("invalid_request", param)


FILE = {"type": "file", "file_id": "file_1"}


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"thread": {"type": "continue"}}, "thread"),
        ({"container": "container_1"}, "container"),
        ({"max_tokens": 0}, "max_tokens"),
        (in_message({"type": "document", "source": FILE}), f"{AT}.source.file_id"),
        (in_message({"type": "container_upload", "file_id": "file_1"}), f"{AT}.file_id"),
    ],
)
def test_what_no_translation_can_give(members: dict[str, Any], param: str) -> None:
    assert refusal(members) == ("not_translatable", param)


def test_the_hint_says_where_to_call_it() -> None:
    with pytest.raises(InvalidRequest) as caught:
        TRANSLATOR.read_question(msgspec.json.encode({**BODY, "container": "c"}), "m", stream=False)
    assert "POST /v1/messages" in caught.value.problem.hint


@pytest.mark.parametrize("opening", [b'{"type":"tool_result","tool_use_id":"t","content":[', b"[", b'{"a":'])
def test_deep_nesting_is_refused(opening: bytes) -> None:
    closing = b"]}" if opening.endswith(b"[") and len(opening) > 1 else {b"[": b"]", b"{": b"}"}[opening[:1]]
    inner = opening * 900 + b"1" + closing * 900
    body = b'{"max_tokens":9,"messages":[{"role":"user","content":[%b]}]}' % inner
    with pytest.raises(InvalidRequest):
        TRANSLATOR.read_question(body, "m", stream=False)


PATHS = [
    ("system", 0),
    ("messages", 0, "content", 0, "text"),
    ("messages", 2, "content"),
    ("messages", 2, "content", 0),
    ("messages", 2, "content", 2, "input"),
    ("messages", 3, "content", 0, "content"),
    ("tools", 0),
    ("tools", 0, "input_schema"),
    ("thinking",),
    ("thinking", "budget_tokens"),
    ("metadata", "user_id"),
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(PATHS), ANYTHING)
def test_whatever_is_anywhere_ends_in_a_question_or_a_refusal(path: tuple[Any, ...], value: Any) -> None:
    body = msgspec.json.decode(msgspec.json.encode({**BODY, **CLAUDE_CODE}))
    node = body
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    with suppress(InvalidRequest):
        question = TRANSLATOR.read_question(msgspec.json.encode(body), "m", stream=False)
        TRANSLATOR.write_question(question, "m", 4096)
