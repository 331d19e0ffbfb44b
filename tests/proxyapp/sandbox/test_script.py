"""Every verb of the script grammar."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from proxyapp.sandbox.script import Script, ScriptError, parse

from .conftest import Talker
from .wires import Talk, Wire, events

STREAM = Talk(stream=True)


async def test_it_works(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "gpt-9~output-10", Talk())
    assert len(said.text) == 40


def test_names_without_verbs_have_no_script() -> None:
    assert parse("claude-sonnet-4.5") == Script()


def test_verbs_of_the_header_come_last() -> None:
    assert parse("m~output-1~pace-5", "~output-2") == Script(output=2, pace=5)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("m~dance", "dance"),
        ("m~delay", "delay"),
        ("m~delay-x", "delay-x"),
        ("m~delay--1", "delay--1"),
        ("m~output-99999999", "output-99999999"),
        ("m~status-200", "status-200"),
        ("m~chunks-0", "chunks-0"),
        ("m~usage-5", "usage-5"),
        ("m~text-1", "text-1"),
        ("m~tag", "tag"),
        ("m~", "''"),
    ],
)
def test_what_is_not_understood_is_named(text: str, word: str) -> None:
    with pytest.raises(ScriptError, match=word):
        parse(text)


def test_a_header_without_a_verb_is_refused() -> None:
    with pytest.raises(ScriptError, match="no verb"):
        parse("m", "status-500")


async def test_an_unknown_verb_is_answered_400(talker: Talker, wire: Wire) -> None:
    answer = await talker.post(wire, "m~dance-3", Talk())
    assert (answer.status_code, "dance-3" in answer.json()["error"]["message"]) == (400, True)


async def test_the_header_is_a_script(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m", Talk(), x_sandbox_script="~output-3")
    assert len(said.text) == 12


async def test_delay_waits_before_the_headers(talker: Talker, wire: Wire) -> None:
    began = time.monotonic()
    await talker.say(wire, "m~delay-80", Talk())
    assert time.monotonic() - began >= 0.08


async def test_pace_waits_between_chunks(talker: Talker, wire: Wire) -> None:
    began = time.monotonic()
    await talker.say(wire, "m~pace-20~chunks-3", STREAM)
    assert time.monotonic() - began >= 0.08


async def test_chunks_is_the_number_of_text_chunks(talker: Talker, wire: Wire) -> None:
    answer = await talker.post(wire, "m~chunks-9~output-30", STREAM)
    said = [event for event in events(answer.content) if _carries_text(event)]
    assert len(said) == 9


async def test_thinking_has_so_many_tokens(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m~thinking-11", Talk(thinking=True))
    assert said.counts is not None
    assert (len(said.thinking), said.counts.reasoning) == (44, 11)


async def test_big_pads_a_json_answer(talker: Talker, wire: Wire) -> None:
    answer = await talker.post(wire, "m~big-5000", Talk())
    assert len(answer.content) == 5000
    assert wire.whole(answer.json()).text


@pytest.mark.parametrize("stream", [False, True])
async def test_empty_has_no_content(talker: Talker, wire: Wire, stream: bool) -> None:
    said = await talker.say(wire, "m~empty", Talk(thinking=True, tools=("weather",), stream=stream))
    assert (said.text, said.thinking, said.call) == ("", "", "")


@pytest.mark.parametrize("status", [402, 429, 500, 503, 529])
async def test_status_answers_a_native_error(talker: Talker, wire: Wire, status: int) -> None:
    answer = await talker.post(wire, f"m~status-{status}", STREAM)
    assert answer.status_code == status
    assert str(status) in answer.json()["error"]["message"]


async def test_retryafter_is_a_header(talker: Talker, wire: Wire) -> None:
    answer = await talker.post(wire, "m~status-429~retryafter-9", Talk())
    assert answer.headers["retry-after"] == "9"


async def test_times_heals_after_so_many(talker: Talker, wire: Wire, tag: str) -> None:
    model = f"m~status-503~times-2~tag-{tag}"
    statuses = [(await talker.post(wire, model, Talk())).status_code for _ in range(4)]
    assert statuses == [503, 503, 200, 200]


async def test_times_heals_other_faults_too(talker: Talker, wire: Wire, tag: str) -> None:
    model = f"m~empty~times-1~tag-{tag}"
    said = [(await talker.say(wire, model, Talk())).text for _ in range(2)]
    assert [bool(text) for text in said] == [False, True]


async def test_reset_forgets_the_times(talker: Talker, wire: Wire, tag: str) -> None:
    model = f"m~status-503~times-1~tag-{tag}"
    await talker.post(wire, model, Talk())
    assert (await talker.http.post("/__sandbox/reset")).status_code == 200
    assert (await talker.post(wire, model, Talk())).status_code == 503


@pytest.mark.parametrize("count", [0, 2])
async def test_cut_drops_a_stream_after_so_many_chunks(talker: Talker, wire: Wire, count: int) -> None:
    received = await _broken(talker, wire, f"m~cut-{count}", STREAM)
    assert len([event for event in events(received) if _carries_text(event)]) == count


async def test_cut_drops_a_json_answer_after_half(talker: Talker, wire: Wire) -> None:
    received = await _broken(talker, wire, "m~cut-1~big-4000", Talk())
    assert len(received) == 2000


async def test_cut_never_lets_the_closing_through(talker: Talker, wire: Wire) -> None:
    received = await _broken(talker, wire, "m~cut-999", STREAM)
    assert b'stop_reason":"' not in received
    assert b"[DONE]" not in received
    assert b"response.completed" not in received
    assert b"finishReason" not in received


async def test_hang_falls_silent_after_so_many_chunks(talker: Talker, wire: Wire, tag: str) -> None:
    received = bytearray()
    async with _opened(talker, wire, f"m~hang-2~tag-{tag}") as answer:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_drain(answer, received), 0.3)
    assert len([event for event in events(bytes(received)) if _carries_text(event)]) == 2
    await talker.until(tag, open=0, aborted=1)


async def test_hang_0_is_silent_before_the_headers(talker: Talker, wire: Wire, tag: str) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(talker.post(wire, f"m~hang-0~tag-{tag}", STREAM), 0.2)
    await talker.until(tag, open=0, aborted=1)


@pytest.mark.parametrize("count", [0, 2])
async def test_errorat_ends_with_the_native_error(talker: Talker, wire: Wire, count: int) -> None:
    answer = await talker.post(wire, f"m~errorat-{count}", STREAM)
    found = events(answer.content)
    assert len([event for event in found if _carries_text(event)]) == count
    assert "error" in found[-1] or found[-1]["type"] == "response.failed"


async def test_errorat_fails_a_json_answer(talker: Talker, wire: Wire) -> None:
    assert (await talker.post(wire, "m~errorat-1", Talk())).status_code == 500


def _carries_text(event: object) -> bool:
    """Whether an event of any protocol has a piece of the answer's text."""
    match event:
        case {"type": "content_block_delta", "delta": {"type": "text_delta"}}:
            return True
        case {"type": "response.output_text.delta"}:
            return True
        case {"choices": [{"delta": {"content": str(text)}}]}:
            return bool(text)
        case {"candidates": [{"content": {"parts": [{"text": str(text)}]}}]}:
            return bool(text)
    return False


def _opened(
    talker: Talker, wire: Wire, model: str, talk: Talk = STREAM
) -> AbstractAsyncContextManager[httpx.Response]:
    return talker.http.stream(
        "POST", wire.path(model, stream=talk.stream), content=wire.encoded(model, talk), headers=wire.headers
    )


async def _broken(talker: Talker, wire: Wire, model: str, talk: Talk) -> bytes:
    """What arrives before the connection breaks."""
    received = bytearray()
    async with _opened(talker, wire, model, talk) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await _drain(answer, received)
    return bytes(received)


async def _drain(answer: httpx.Response, into: bytearray) -> None:
    async for chunk in answer.aiter_raw():
        into += chunk
