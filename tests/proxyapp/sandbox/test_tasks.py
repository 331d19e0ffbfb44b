"""What the sandbox answers beside conversations: its claims are those of the documented function."""

from typing import Any

import httpx
import pytest

from proxyapp.sandbox.tasks.sound import BYTES_PER_SECOND, RATE, seconds, wav
from proxyapp.sandbox.tokens import predict_task

from .conftest import Talker

KEY = {"authorization": "Bearer k"}
TEXTS: dict[str, dict[str, Any]] = {
    "/v1/embeddings": {"input": ["one", "two and more"]},
    "/v1/rerank": {"query": "one", "documents": ["two", {"text": "one"}]},
    "/v1/completions": {"prompt": "Once upon a time", "n": 2},
    "/v1/images/generations": {"prompt": "a square", "n": 3},
}


async def post(talker: Talker, path: str, model: str, **more: Any) -> httpx.Response:
    return await talker.http.post(path, json={"model": model} | TEXTS[path] | more, headers=KEY)


@pytest.mark.parametrize("path", TEXTS)
async def test_it_works(talker: Talker, path: str) -> None:
    answer = await post(talker, path, "m")
    usage = answer.json()["usage"]
    counts = predict_task(path, answer.request.content, "m", content_type="application/json")
    assert usage.get("input_tokens", usage.get("prompt_tokens")) == counts.input > 0
    assert usage.get("output_tokens", usage.get("completion_tokens", 0)) == counts.output


@pytest.mark.parametrize("path", TEXTS)
async def test_scripts_are_played(talker: Talker, path: str) -> None:
    assert (await post(talker, path, "m~status-418")).status_code == 418
    assert "usage" not in (await post(talker, path, "m~nousage")).json()
    assert "-7" in (await post(talker, path, "m~badusage")).text
    claimed = (await post(talker, path, "m~usage-5.6")).json()["usage"]
    assert claimed.get("input_tokens", claimed.get("prompt_tokens")) == 5
    assert (await post(talker, path, "m~nothing")).status_code == 400


async def test_a_stream_fails_in_its_own_words(talker: Talker) -> None:
    answer = await post(talker, "/v1/images/generations", "m~errorat-1", stream=True, partial_images=2)
    assert answer.text.count("partial_image_index") == 1
    assert answer.text.rstrip().rpartition("\n\n")[2].startswith("event: error")


async def test_a_recording_is_as_long_as_its_header_says(talker: Talker) -> None:
    files = {"file": ("a.wav", wav(RATE * 3), "audio/wav")}
    answer = await talker.http.post("/v1/audio/transcriptions", data={"model": "m"}, files=files, headers=KEY)
    assert answer.json()["usage"] == {"type": "duration", "seconds": 3.0}
    assert seconds(bytes(BYTES_PER_SECOND * 2)) == 2


async def test_speech_is_sound(talker: Talker) -> None:
    asked = {"model": "m", "input": "Hello", "voice": "v"}
    answer = await talker.http.post("/v1/audio/speech", json=asked, headers=KEY)
    assert (answer.headers["content-type"], seconds(answer.content)) == ("audio/wav", 0.25)


@pytest.mark.parametrize("path", TEXTS)
async def test_a_missing_model_is_named(talker: Talker, path: str) -> None:
    answer = await talker.http.post(path, json=TEXTS[path], headers=KEY)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "model"
