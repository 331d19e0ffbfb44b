"""The official `openai` SDK against the running stack: texts spoken, and recordings written down."""

import json
from collections.abc import Iterator

import httpx
import openai
import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from proxyapp.sandbox.tasks.sound import RATE, seconds, wav
from tests.support import bills, cast, provider, purse, wire
from tests.support.offers import PER_TOKEN, offer
from tests.support.stack import Stack

PER_CHARACTER = dict.fromkeys(PER_TOKEN, 0) | {"characters": 15_000_000}
PER_SECOND = dict.fromkeys(PER_TOKEN, 0) | {"seconds": 100_000_000}
SPEECH, TRANSCRIPTIONS = "/v1/audio/speech", "/v1/audio/transcriptions"
RECORDING = ("recording.wav", wav(RATE * 5 // 2))  # two seconds and a half
PACKED = ("recording.mp3", bytes(40_000))


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def sdk(stack: Stack, issued: Issued, request: pytest.FixtureRequest) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key=issued.secret,
        base_url=f"{stack.base_url}/openai/v1",
        default_headers={"x-sandbox-tag": request.node.name},
        max_retries=0,
    ) as opened:
        yield opened


def test_it_works(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat", rates=PER_CHARACTER)
    answer = sdk.audio.speech.create(model=model, voice="alloy", input="Hello, 你好!")
    assert answer.response.headers["content-type"] == "audio/wav"
    assert len(answer.response.headers["x-trace-id"]) == 32
    assert seconds(answer.content) == 10 / 20
    event = bills.assert_exact_task(issued.key, SPEECH, model, request.node.name, PER_CHARACTER, stream=True)
    assert event.characters == 10


def test_speech_by_tokens_is_an_estimate_where_none_are_reported(sdk: openai.OpenAI, issued: Issued) -> None:
    sdk.audio.speech.create(model=offer("openai_chat"), voice="alloy", input="Hello" * 10)
    event = bills.of(issued.key)
    assert (event.characters, event.source, event.output) == (50, "estimated", 21)
    assert event.charged > 0


def test_speech_in_events_reports_its_tokens(stack: Stack, issued: Issued) -> None:
    model, tag = offer("openai_chat"), wire.fresh_tag()
    asked = {"model": model, "voice": "alloy", "input": "Hello", "stream_format": "sse"}
    answer = httpx.post(
        stack.base_url + SPEECH, json=asked, headers=wire.headers("openai_chat", issued.secret, tag=tag)
    )
    assert answer.text.count("event: speech.audio.delta") == 6
    bills.assert_exact_task(issued.key, SPEECH, model, tag, stream=True)


def test_sound_that_breaks_off_is_cut(sdk: openai.OpenAI, issued: Issued) -> None:
    """It must not look whole; what was sent is charged."""
    model = offer("openai_chat", script="~cut-2", rates=PER_CHARACTER)
    with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
        sdk.audio.speech.create(model=model, voice="alloy", input="Hello" * 100)
    event = bills.of(issued.key)
    assert (event.outcome, event.charged) == ("upstream_failed", 500 * 15_000)


def test_sound_of_a_revoked_key_is_cut(stack: Stack, issued: Issued, alice: User) -> None:
    model = offer("openai_chat", script="~pace-100~chunks-1000", rates=PER_CHARACTER)
    asked = {"model": model, "voice": "alloy", "input": "Hello" * 100}
    headers = wire.headers("openai_chat", issued.secret)
    with httpx.stream("POST", stack.base_url + SPEECH, json=asked, headers=headers) as answer:
        parts = answer.iter_raw()
        assert next(parts).startswith(b"RIFF")
        cast.revoke(issued.key, alice)
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            list(parts)
    event = bills.of(issued.key)
    assert (event.outcome, event.error) == ("interrupted", "api_key_revoked")
    assert 0 < event.charged <= event.held


def test_without_a_text_there_is_nothing_to_speak(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.audio.speech.create(model="sandbox-gpt", voice="alloy", input="")
    assert caught.value.param == "input"


def test_all_characters_are_held_for(sdk: openai.OpenAI, acme: Organization) -> None:
    model = offer("openai_chat", rates=PER_CHARACTER)
    purse.leave(acme, 99 * 15_000)
    with pytest.raises(openai.APIStatusError) as caught:
        sdk.audio.speech.create(model=model, voice="alloy", input="x" * 100)
    assert caught.value.status_code == 402


@pytest.mark.parametrize("shape", ["json", "verbose_json"])
def test_a_transcription_by_the_second(
    sdk: openai.OpenAI, issued: Issued, shape: str, request: pytest.FixtureRequest
) -> None:
    model = offer("openai_chat", rates=PER_SECOND)
    answer = sdk.audio.transcriptions.with_raw_response.create(
        model=model,
        file=RECORDING,
        response_format=shape,  # type: ignore[call-overload]
    )
    assert json.loads(answer.content)["text"] == "There are 2.5 seconds of sound."
    event = bills.assert_exact_task(issued.key, TRANSCRIPTIONS, model, request.node.name, PER_SECOND)
    assert (event.seconds, event.charged) == (3, 300_000)


def test_a_transcription_by_tokens(
    sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest
) -> None:
    model = offer("openai_chat", script="~tokens")
    sdk.audio.transcriptions.create(model=model, file=RECORDING)
    bills.assert_exact_task(issued.key, TRANSCRIPTIONS, f"{model}~tokens", request.node.name)


def test_a_transcription_in_a_stream(
    sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest
) -> None:
    model = offer("openai_chat")
    events = list(sdk.audio.transcriptions.create(model=model, file=RECORDING, stream=True))
    assert events[-1].type == "transcript.text.done"
    bills.assert_exact_task(issued.key, TRANSCRIPTIONS, model, request.node.name, stream=True)


def test_a_model_that_does_not_stream_answers_whole(stack: Stack, issued: Issued) -> None:
    said = b'{"text":"Hello","usage":{"type":"duration","seconds":2}}'
    with provider.playing(provider.whole(said)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="openai_chat")
        answer = httpx.post(
            stack.base_url + TRANSCRIPTIONS,
            data={"model": model, "stream": "true"},
            files={"file": RECORDING},
            headers=wire.headers("openai_chat", issued.secret),
        )
    assert answer.content == said
    assert (bills.of(issued.key).seconds, bills.of(issued.key).outcome) == (2, "completed")


@pytest.mark.parametrize("shape", ["text", "srt", "vtt"])
def test_plain_text_reports_nothing_and_is_an_estimate(
    sdk: openai.OpenAI, issued: Issued, shape: str
) -> None:
    answer = sdk.audio.transcriptions.with_raw_response.create(
        model=offer("openai_chat", rates=PER_SECOND),
        file=RECORDING,
        response_format=shape,  # type: ignore[call-overload]
    )
    assert b"There are 2.5 seconds" in answer.content
    assert answer.headers["content-type"].startswith("text/plain")
    event = bills.of(issued.key)
    assert (event.seconds, event.source, event.charged) == (3, "estimated", 300_000)


@pytest.mark.parametrize(("rates", "script"), [(PER_SECOND, "~tokens"), (PER_TOKEN, "")])
def test_what_it_is_priced_by_is_estimated_where_something_else_is_reported(
    sdk: openai.OpenAI, issued: Issued, rates: dict[str, int], script: str
) -> None:
    """Tokens reported and seconds priced, or the other way round: never free."""
    sdk.audio.transcriptions.create(model=offer("openai_chat", script=script, rates=rates), file=RECORDING)
    event = bills.of(issued.key)
    assert event.source == "estimated"
    assert event.charged > 0


def test_a_recording_of_unknown_length_is_held_for_by_its_size(
    sdk: openai.OpenAI, acme: Organization, issued: Issued
) -> None:
    """A second has a thousand bytes at least; the guess, where nothing is reported, is sixteen thousand."""
    model = offer("openai_chat", rates=PER_SECOND)
    purse.leave(acme, 39 * 100_000)
    with pytest.raises(openai.APIStatusError) as caught:
        sdk.audio.transcriptions.create(model=model, file=PACKED)
    assert caught.value.status_code == 402
    purse.leave(acme, 40 * 100_000)
    sdk.audio.transcriptions.create(model=model, file=PACKED, response_format="text")
    event = bills.of(issued.key)
    assert (event.held, event.charged) == (40 * 100_000, 3 * 100_000)


@pytest.mark.filterwarnings("ignore:deprecated")  # by the SDK, and still in use
def test_a_translation(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat", rates=PER_SECOND)
    assert "seconds of sound" in sdk.audio.translations.create(model=model, file=RECORDING).text
    bills.assert_exact_task(issued.key, "/v1/audio/translations", model, request.node.name, PER_SECOND)


def test_the_form_travels_untouched_but_for_the_name_of_the_model(stack: Stack, key: str) -> None:
    said = b'{"text":"x","usage":{"type":"duration","seconds":1}}'
    with provider.playing(provider.whole(said)) as played:
        at = provider.provider_at(played.url)
        model = provider.offer_over(at, protocol="openai_chat", upstream="vendor/other")
        pieces = [
            b'--b o\r\nContent-Type: text/plain\r\ncontent-disposition: form-data ;name="x"\r\n\r\n\r\n',
            b'--b o\r\nContent-Disposition: form-data; name="model"\r\n\r\nMODEL\r\n',
            b'--b o\r\nContent-Disposition: form-data; name=file; filename="a.wav"\r\n\r\n',
            bytes(range(256)) + b"\r\n--b\r\n",
            b"--b o--\r\n",
        ]
        sent = b"".join(pieces)
        kind = 'multipart/form-data; charset=utf-8; boundary="b o"'
        answer = httpx.post(
            stack.base_url + TRANSCRIPTIONS,
            content=sent.replace(b"MODEL", model.encode()),
            headers=wire.headers("openai_chat", key) | {"content-type": kind},
        )
        assert answer.status_code == 200, answer.text
        received = played.received[-1]
    assert received.body == sent.replace(b"MODEL", b"vendor/other")
    assert received.values(b"content-type") == [kind.encode()]


def test_two_content_types_are_refused(stack: Stack, key: str) -> None:
    """Only one boundary could be the one that was checked."""
    headers = [*wire.headers("openai_chat", key).items()]
    headers += [("content-type", f"multipart/form-data; boundary={name}") for name in "ab"]
    answer = httpx.post(stack.base_url + TRANSCRIPTIONS, content=b"--a--", headers=headers)
    assert (answer.status_code, "content-type" in answer.text) == (400, True)
