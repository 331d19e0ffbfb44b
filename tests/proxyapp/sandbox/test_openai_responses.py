"""OpenAI Responses on the wire."""

from typing import Any

import pytest

from .conftest import Talker
from .wires import WIRES, Talk, events

WIRE = WIRES["openai_responses"]


async def _post(talker: Talker, **fields: Any) -> Any:
    body = {**WIRE.body("m", Talk()), **fields}
    return await talker.http.post("/v1/responses", json=body, headers=WIRE.headers)


async def _events(talker: Talker, model: str, talk: Talk) -> list[dict[str, Any]]:
    return events((await talker.post(WIRE, model, talk)).content)


async def test_it_works(talker: Talker) -> None:
    answer = (await _post(talker, input="hi")).json()
    assert (answer["object"], answer["status"]) == ("response", "completed")
    assert answer["output"][0]["content"][0]["text"].startswith('You said: "hi"')


async def test_the_order_of_a_stream(talker: Talker) -> None:
    found = await _events(talker, "m~chunks-2", Talk(thinking=True, stream=True))
    assert [event["type"].removeprefix("response.") for event in found] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


async def test_sequence_numbers_have_no_gap(talker: Talker) -> None:
    found = await _events(talker, "m~errorat-2", Talk(thinking=True, stream=True))
    assert [event["sequence_number"] for event in found] == list(range(len(found)))


async def test_a_call_has_its_own_events(talker: Talker) -> None:
    found = await _events(talker, "m", Talk(tools=("weather",), stream=True))
    assert [event["type"].removeprefix("response.") for event in found[2:-1]] == [
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
    ]
    assert (found[2]["item"]["arguments"], found[2]["item"]["status"]) == ("", "in_progress")
    assert found[-2]["item"]["arguments"] == found[-3]["arguments"] == '{"city":"Paris","days":1}'


async def test_a_custom_tool_is_called_with_text(talker: Talker) -> None:
    tool = {"type": "custom", "name": "patch", "description": "free text"}
    found = events((await _post(talker, tools=[tool], stream=True)).content)
    assert found[-1]["response"]["output"][0]["type"] == "custom_tool_call"
    assert found[-1]["response"]["output"][0]["input"] == "sandbox"
    assert found[-3]["type"] == "response.custom_tool_call_input.done"


async def test_sealed_reasoning_comes_when_asked_for(talker: Talker) -> None:
    asked = {"reasoning": {"effort": "high"}, "include": ["reasoning.encrypted_content"], "store": False}
    item = (await _post(talker, **asked)).json()["output"][0]
    assert (item["type"], item["summary"], bool(item["encrypted_content"])) == ("reasoning", [], True)


async def test_the_request_is_echoed(talker: Talker) -> None:
    tool = {"type": "function", "name": "weather", "strict": False, "parameters": {"a": [1.0]}}
    answer = (await _post(talker, tools=[tool], metadata={"a": "b"}, temperature=0.5)).json()
    assert (answer["tools"], answer["metadata"], answer["temperature"]) == ([tool], {"a": "b"}, 0.5)
    assert answer["instructions"] == "Be brief."


async def test_the_limit_makes_it_incomplete(talker: Talker) -> None:
    found = await _events(talker, "m", Talk(limit=3, stream=True))
    assert found[-1]["type"] == "response.incomplete"
    assert found[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


async def test_a_failure_keeps_the_response_id(talker: Talker) -> None:
    found = await _events(talker, "m~errorat-1", Talk(stream=True))
    assert (found[-2]["type"], found[-1]["type"]) == ("error", "response.failed")
    assert found[-1]["response"]["id"] == found[0]["response"]["id"]
    assert found[-1]["response"]["status"] == "failed"


async def test_an_earlier_response_adds_its_tokens(talker: Talker) -> None:
    first = (await _post(talker)).json()
    after = (await _post(talker, previous_response_id=first["id"])).json()
    added = after["usage"]["input_tokens"] - first["usage"]["input_tokens"]
    assert added == first["usage"]["total_tokens"]


@pytest.mark.parametrize("stored", [True, False])
async def test_what_was_not_stored_or_never_was_is_not_found(talker: Talker, stored: bool) -> None:
    name = "resp_1" if stored else (await _post(talker, store=False)).json()["id"]
    answer = await _post(talker, previous_response_id=name)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "previous_response_not_found"


async def test_items_of_other_kinds_are_let_through(talker: Talker) -> None:
    items = [
        {"role": "user", "content": "hi"},
        {"type": "reasoning", "summary": [], "content": None, "encrypted_content": "x"},
        {"type": "tool_search_call", "arguments": {"query": "x"}, "name": None},
        {"type": "custom_tool_call", "name": "patch", "input": "text", "call_id": "c"},
        {
            "type": "custom_tool_call_output",
            "call_id": "c",
            "output": [{"type": "input_text", "text": "done"}],
        },
    ]
    answer = (await _post(talker, input=items)).json()
    assert answer["output"][0]["content"][0]["text"].startswith('The tool answered: "done"')


async def test_input_tokens_can_be_counted(talker: Talker) -> None:
    body = WIRE.body("m", Talk())
    usage = (await talker.http.post("/v1/responses", json=body, headers=WIRE.headers)).json()["usage"]
    count = await talker.http.post("/v1/responses/input_tokens", json=body, headers=WIRE.headers)
    assert count.json()["input_tokens"] == usage["input_tokens"]
