"""OpenAI Chat Completions on the wire."""

from typing import Any

import pytest

from .conftest import Talker
from .wires import WIRES, Talk, events

WIRE = WIRES["openai_chat"]


async def _post(talker: Talker, **fields: Any) -> Any:
    body = {**WIRE.body("m", Talk()), **fields}
    return await talker.http.post("/v1/chat/completions", json=body, headers=WIRE.headers)


async def test_it_works(talker: Talker) -> None:
    answer = (await _post(talker)).json()
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["role"] == "assistant"
    assert answer["choices"][0]["finish_reason"] == "stop"


async def test_the_order_of_a_stream(talker: Talker) -> None:
    answer = await talker.post(WIRE, "m~chunks-2", Talk(stream=True))
    found = events(answer.content)
    deltas = [chunk["choices"][0]["delta"] for chunk in found if chunk["choices"]]
    assert [list(delta) for delta in deltas] == [["role", "content", "refusal"], ["content"], ["content"], []]
    assert answer.content.endswith(b"data: [DONE]\n\n")
    assert len({chunk["id"] for chunk in found}) == 1


@pytest.mark.parametrize("options", [{}, {"stream_options": {"include_usage": False}}])
async def test_no_usage_unless_asked_for(talker: Talker, options: dict[str, Any]) -> None:
    found = events((await _post(talker, stream=True, **options)).content)
    assert all("usage" not in chunk and chunk["choices"] for chunk in found)


async def test_usage_comes_in_a_chunk_of_its_own(talker: Talker) -> None:
    *chunks, last = events((await talker.post(WIRE, "m", Talk(stream=True))).content)
    assert all(chunk["usage"] is None and chunk["choices"] for chunk in chunks)
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0


async def test_a_call_is_named_once_and_grows(talker: Talker) -> None:
    found = events((await talker.post(WIRE, "m", Talk(tools=("weather",), stream=True))).content)
    calls = [chunk["choices"][0]["delta"]["tool_calls"][0] for chunk in found[1:4]]
    assert ["id" in call for call in calls] == [True, False, False]
    assert "".join(call["function"]["arguments"] for call in calls) == '{"city":"Paris","days":1}'
    assert found[4]["choices"][0]["finish_reason"] == "tool_calls"


async def test_a_whole_call_has_no_content(talker: Talker) -> None:
    message = (await talker.post(WIRE, "m", Talk(tools=("weather",)))).json()["choices"][0]["message"]
    assert message["content"] is None
    assert message["tool_calls"][0]["type"] == "function"


async def test_the_old_limit_is_honoured(talker: Talker) -> None:
    answer = (await _post(talker, max_completion_tokens=None, max_tokens=2)).json()
    assert answer["choices"][0]["finish_reason"] == "length"


async def test_json_mode_is_answered_with_json(talker: Talker) -> None:
    answer = (await _post(talker, response_format={"type": "json_object"})).json()
    assert answer["choices"][0]["message"]["content"] == '{"answer":"sandbox"}'


async def test_the_model_list(talker: Talker) -> None:
    listed = (await talker.http.get("/v1/models", headers=WIRE.headers)).json()
    assert (listed["object"], listed["data"][0]["object"]) == ("list", "model")


async def test_one_model(talker: Talker) -> None:
    found = (await talker.http.get("/v1/models/ft:gpt:x", headers=WIRE.headers)).json()
    assert (found["object"], found["id"]) == ("model", "ft:gpt:x")
