"""Anthropic Messages on the wire."""

from typing import Any

import pytest

from .conftest import Talker
from .wires import WIRES, Talk, events

WIRE = WIRES["anthropic"]
HOUR = {"type": "ephemeral", "ttl": "1h"}
FIVE = {"type": "ephemeral"}


async def _events(talker: Talker, model: str, talk: Talk) -> list[dict[str, Any]]:
    return events((await talker.post(WIRE, model, talk)).content)


async def test_it_works(talker: Talker) -> None:
    answer = (await talker.post(WIRE, "m", Talk())).json()
    assert (answer["type"], answer["role"], answer["stop_reason"]) == ("message", "assistant", "end_turn")
    assert answer["content"][0]["type"] == "text"


async def test_the_order_of_a_stream(talker: Talker) -> None:
    found = await _events(talker, "m~chunks-2", Talk(thinking=True, stream=True))
    assert [event["type"].removeprefix("content_block_") for event in found] == [
        "message_start",
        "ping",
        *("start", "delta", "delta", "delta", "stop"),
        *("start", "delta", "delta", "stop"),
        "message_delta",
        "message_stop",
    ]


async def test_event_names_repeat_the_type(talker: Talker) -> None:
    stream = (await talker.post(WIRE, "m", Talk(stream=True))).text
    frames = [frame.split("\n") for frame in stream.strip().split("\n\n")]
    assert all(f'data: {{"type":"{name[7:]}"' in data for name, data in frames)


async def test_thinking_ends_with_its_signature(talker: Talker) -> None:
    found = await _events(talker, "m", Talk(thinking=True, stream=True))
    deltas = [event["delta"]["type"] for event in found if event["type"] == "content_block_delta"]
    assert deltas[:3] == ["thinking_delta", "thinking_delta", "signature_delta"]


async def test_omitted_thinking_is_only_a_signature(talker: Talker) -> None:
    thinking = {"type": "enabled", "budget_tokens": 2000, "display": "omitted"}
    body = {**WIRE.body("m", Talk()), "thinking": thinking}
    answer = (await talker.http.post("/v1/messages", json=body, headers=WIRE.headers)).json()
    assert answer["content"][0]["thinking"] == ""
    assert answer["content"][0]["signature"]
    assert answer["usage"]["output_tokens_details"]["thinking_tokens"] > 0


async def test_an_order_before_more_words(talker: Talker) -> None:
    """Agents append words of their own to their user's."""
    body = WIRE.body("m", Talk(text='Please call clock {"zone": "UTC"}', tools=("weather", "clock")))
    body["messages"].append({"role": "user", "content": "Mind {the time}."})
    answer = (await talker.http.post("/v1/messages", json=body, headers=WIRE.headers)).json()
    assert [block["input"] for block in answer["content"]] == [{"zone": "UTC"}]


async def test_an_order_is_obeyed_once(talker: Talker) -> None:
    body = WIRE.body("m", Talk(text='Please call clock {"zone": "UTC"}', tools=("weather", "clock")))
    later = [{"role": "assistant", "content": "No."}, {"role": "user", "content": "Then not."}]
    body["messages"] += later
    answer = (await talker.http.post("/v1/messages", json=body, headers=WIRE.headers)).json()
    assert [block["name"] for block in answer["content"]] == ["weather"]


async def test_a_call_starts_empty_and_grows(talker: Talker) -> None:
    found = await _events(talker, "m", Talk(tools=("weather",), stream=True))
    (start,) = [event["content_block"] for event in found if event["type"] == "content_block_start"]
    parts = [event["delta"]["partial_json"] for event in found if event["type"] == "content_block_delta"]
    assert (start["type"], start["input"], "".join(parts)) == ("tool_use", {}, '{"city":"Paris","days":1}')
    assert found[-2]["delta"]["stop_reason"] == "tool_use"


async def test_the_last_usage_is_cumulative(talker: Talker) -> None:
    found = await _events(talker, "m~cached-2", Talk(stream=True))
    first, last = found[0]["message"]["usage"], found[-2]["usage"]
    assert first["output_tokens"] == 1
    assert {name: first[name] for name in first if name in last and name != "output_tokens"} == {
        name: last[name] for name in last if name != "output_tokens"
    }


@pytest.mark.parametrize("model", ["m", "m~cached-5", "m~cached-1000"])
async def test_marked_prefixes_are_written(talker: Talker, model: str) -> None:
    body = WIRE.body(model, Talk(tools=("weather",)))
    body["tools"][0]["cache_control"] = HOUR
    body["system"] = [{"type": "text", "text": "12345678", "cache_control": FIVE}]
    usage = (await talker.http.post("/v1/messages", json=body, headers=WIRE.headers)).json()["usage"]
    total = usage["input_tokens"] + usage["cache_creation_input_tokens"] + usage["cache_read_input_tokens"]
    read = min(int(model[9:] or 0), total)
    tools = total - 2 - 3 - 5  # less system, the turn and the question's 20 bytes
    written = usage["cache_creation"]
    assert usage["cache_read_input_tokens"] == read
    assert written["ephemeral_1h_input_tokens"] == max(0, tools - read)
    assert written["ephemeral_5m_input_tokens"] == max(0, tools + 2 - read) - max(0, tools - read)


async def test_count_tokens_is_the_input_of_the_call(talker: Talker) -> None:
    body = WIRE.body("m", Talk(tools=("weather",)))
    usage = (await talker.http.post("/v1/messages", json=body, headers=WIRE.headers)).json()["usage"]
    del body["max_tokens"]
    count = await talker.http.post("/v1/messages/count_tokens", json=body, headers=WIRE.headers)
    assert count.json() == {"input_tokens": usage["input_tokens"]}


async def test_a_budget_must_be_below_the_limit(talker: Talker) -> None:
    body = {**WIRE.body("m", Talk(limit=1024)), "thinking": {"type": "enabled", "budget_tokens": 1024}}
    answer = await talker.http.post("/v1/messages", json=body, headers=WIRE.headers)
    assert answer.status_code == 400
    assert "budget_tokens" in answer.json()["error"]["message"]


async def test_deferred_and_server_tools_are_not_called(talker: Talker) -> None:
    body = WIRE.body("m", Talk(tools=("later", "now")))
    body["tools"][0]["defer_loading"] = True
    body["tools"].insert(0, {"type": "web_search_20250305", "name": "web_search"})
    answer = (await talker.http.post("/v1/messages", json=body, headers=WIRE.headers)).json()
    assert answer["content"][0]["name"] == "now"


async def test_a_wanted_json_schema_is_answered_with_json(talker: Talker) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    body = {
        **WIRE.body("m", Talk()),
        "output_config": {"format": {"type": "json_schema", "schema": schema}},
    }
    answer = (await talker.http.post("/v1/messages", json=body, headers=WIRE.headers)).json()
    assert answer["content"][0]["text"] == '{"title":"sandbox"}'


async def test_the_model_list(talker: Talker) -> None:
    listed = (await talker.http.get("/v1/models?limit=1000", headers=WIRE.headers)).json()
    assert (listed["has_more"], listed["data"][0]["type"]) == (False, "model")
    assert listed["first_id"] == listed["data"][0]["id"]


async def test_one_model(talker: Talker) -> None:
    found = (await talker.http.get("/v1/models/claude-x", headers=WIRE.headers)).json()
    assert (found["type"], found["id"]) == ("model", "claude-x")
