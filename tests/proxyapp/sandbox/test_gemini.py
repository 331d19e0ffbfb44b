"""Gemini on the wire."""

from typing import Any

import pytest

from .conftest import Talker
from .wires import WIRES, Talk, events

WIRE = WIRES["gemini"]
BASES = pytest.mark.parametrize("base", ["/v1beta/models", "/v1/models"])


@BASES
async def test_it_works(talker: Talker, base: str) -> None:
    body = WIRE.encoded("m", Talk())
    answer = await talker.http.post(f"{base}/m:generateContent", content=body, headers=WIRE.headers)
    (candidate,) = answer.json()["candidates"]
    assert (candidate["finishReason"], candidate["content"]["role"]) == ("STOP", "model")


@BASES
async def test_events_end_in_crlf_crlf(talker: Talker, base: str) -> None:
    path = f"{base}/m~chunks-3:streamGenerateContent?alt=sse"
    answer = await talker.http.post(path, content=WIRE.encoded("m", Talk()), headers=WIRE.headers)
    assert answer.content.endswith(b"\r\n\r\n")
    assert answer.content.count(b"\r\n\r\n") == answer.content.count(b"\n\n") + 4 == 4
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_without_sse_a_stream_is_one_array(talker: Talker) -> None:
    path, body = "/v1beta/models/m~chunks-3:streamGenerateContent", WIRE.encoded("m", Talk())
    answer = await talker.http.post(path, content=body, headers=WIRE.headers)
    assert len(answer.json()) == 4
    assert WIRE.streamed(answer.json()).text.startswith("You said")


@pytest.mark.parametrize("script", ["errorat-0", "errorat-2", "empty", "status-503"])
async def test_an_array_stays_an_array_whatever_happens(talker: Talker, script: str) -> None:
    path, body = f"/v1beta/models/m~{script}:streamGenerateContent", WIRE.encoded("m", Talk())
    answer = await talker.http.post(path, content=body, headers=WIRE.headers)
    assert isinstance(answer.json(), list)


async def test_the_finish_comes_last_with_the_totals(talker: Talker) -> None:
    *chunks, last = events((await talker.post(WIRE, "m", Talk(stream=True))).content)
    assert all("finishReason" not in chunk["candidates"][0] for chunk in chunks)
    assert all(chunk["usageMetadata"]["candidatesTokenCount"] == 0 for chunk in chunks)
    assert last["candidates"][0]["finishReason"] == "STOP"
    assert last["usageMetadata"]["candidatesTokenCount"] > 0


async def test_thoughts_are_counted_beside_the_candidates(talker: Talker) -> None:
    usage = (await talker.post(WIRE, "m~thinking-9~output-4", Talk())).json()["usageMetadata"]
    assert (usage["thoughtsTokenCount"], usage["candidatesTokenCount"]) == (9, 4)


async def test_a_call_has_a_signature(talker: Talker) -> None:
    answer = (await talker.post(WIRE, "m", Talk(tools=("weather",)))).json()
    (part,) = answer["candidates"][0]["content"]["parts"]
    assert part["functionCall"]["args"] == {"city": "Paris", "days": 1}
    assert part["thoughtSignature"]


async def test_snake_case_is_understood(talker: Talker) -> None:
    body: dict[str, Any] = {
        "contents": [{"parts": [{"text": "hi"}]}],
        "tools": [
            {"function_declarations": [{"name": "f", "parameters_json_schema": {"required": ["a_b"]}}]}
        ],
        "generation_config": {"thinking_config": {"include_thoughts": True}, "max_output_tokens": 900},
    }
    answer = await talker.http.post("/v1/models/m:generateContent", json=body, headers=WIRE.headers)
    said = WIRE.whole(answer.json())
    assert (said.arguments, bool(said.thinking)) == ({"a_b": {}}, True)


@pytest.mark.parametrize("nested", [False, True])
async def test_count_tokens_is_the_input_of_the_call(talker: Talker, nested: bool) -> None:
    body = WIRE.body("m", Talk(tools=("weather",)))
    usage = (await talker.post(WIRE, "m", Talk(tools=("weather",)))).json()["usageMetadata"]
    asked = {"generateContentRequest": {"model": "models/m", **body}} if nested else body
    count = await talker.http.post("/v1beta/models/m:countTokens", json=asked, headers=WIRE.headers)
    assert count.json()["totalTokens"] == usage["promptTokenCount"]


@BASES
async def test_the_model_list(talker: Talker, base: str) -> None:
    listed = (await talker.http.get(base, headers=WIRE.headers)).json()
    assert listed["models"][0]["name"].startswith("models/")


async def test_the_client_header_tells_gemini_too(talker: Talker) -> None:
    listed = await talker.http.get("/v1/models?key=k", headers={"x-goog-api-client": "genai"})
    assert "models" in listed.json()


@BASES
async def test_one_model(talker: Talker, base: str) -> None:
    found = (await talker.http.get(f"{base}/gemini-x", headers=WIRE.headers)).json()
    assert found["name"] == "models/gemini-x"


async def test_a_retry_is_told_in_the_details(talker: Talker) -> None:
    error = (await talker.post(WIRE, "m~status-429~retryafter-9", Talk())).json()["error"]
    assert (error["status"], error["details"][0]["retryDelay"]) == ("RESOURCE_EXHAUSTED", "9s")
