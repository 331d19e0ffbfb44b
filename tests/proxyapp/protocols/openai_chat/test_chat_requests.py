"""Reading and rewriting chat requests."""

from typing import Any

import pytest

from proxyapp.protocols.openai_chat import CODEC
from tests.proxyapp.protocols.asking import ask, refused

BODY: dict[str, Any] = {"model": "gpt-x", "messages": [{"role": "user", "content": "hi"}]}


def test_it_works() -> None:
    call = ask(CODEC, BODY)
    assert (call.model, call.max_output, call.stream, call.answers) == ("gpt-x", None, False, 1)
    assert (call.least_output, call.remote_media, call.unbounded, call.hides_usage) == (16, 0, "", False)


@pytest.mark.parametrize(
    ("fields", "ceiling"),
    [
        ({"max_tokens": 9}, 9),
        ({"max_completion_tokens": 9}, 9),
        ({"max_tokens": 9, "max_completion_tokens": 5}, 5),
        ({"max_tokens": 5, "max_completion_tokens": 9}, 5),
        ({"max_tokens": None, "max_completion_tokens": 9}, 9),
        ({"max_tokens": None}, None),
    ],
)
def test_the_smaller_ceiling_acts(fields: dict[str, Any], ceiling: int | None) -> None:
    assert ask(CODEC, {**BODY, **fields}).max_output == ceiling


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", None),
        ("n", 0),
        ("n", 129),
        ("n", "2"),
        ("max_tokens", 0),
        ("max_completion_tokens", -1),
        ("max_completion_tokens", 2**63),
        ("stream", "false"),
        ("stream_options", True),
        ("models", ["gpt-x", "gpt-dear"]),
    ],
)
def test_what_is_refused_is_named(name: str, value: Any) -> None:
    assert refused(CODEC, {**BODY, name: value}) == name


def test_an_option_of_the_wrong_type_is_named_with_its_path() -> None:
    assert refused(CODEC, {**BODY, "stream_options": {"include_usage": 1}}) == "stream_options.include_usage"


def test_how_many_answers() -> None:
    assert ask(CODEC, {**BODY, "n": 128}).answers == 128
    assert ask(CODEC, {**BODY, "n": None}).answers == 1


@pytest.mark.parametrize(
    ("fields", "hides"),
    [
        ({}, False),
        ({"stream": True}, True),
        ({"stream": True, "stream_options": None}, True),
        ({"stream": True, "stream_options": {}}, True),
        ({"stream": True, "stream_options": {"include_usage": False}}, True),
        ({"stream": True, "stream_options": {"include_usage": True}}, False),
        ({"stream": False, "stream_options": {"include_usage": False}}, False),
    ],
)
def test_usage_is_hidden_from_those_who_did_not_ask(fields: dict[str, Any], hides: bool) -> None:
    assert ask(CODEC, {**BODY, **fields}).hides_usage is hides


IMAGE = {"type": "image_url", "image_url": {"url": "https://h/i.png", "detail": "low"}}
INLINE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}


@pytest.mark.parametrize(
    ("content", "media", "unbounded"),
    [
        ("image_url and file_id", 0, ""),
        ([{"type": "text", "text": '"image_url":"https://h"'}], 0, ""),
        ([INLINE], 0, ""),
        ([IMAGE, INLINE, IMAGE], 2, ""),
        ([{"type": "image_url", "image_url": "https://h/i.png"}], 1, ""),
        ([{"type": "image_url", "image_url": {"url": " HTTPS://h/i.png"}}], 1, ""),
        ([{"type": "file", "file": {"file_id": "file-1"}}], 0, "file_id"),
        ([{"type": "file", "file": {"file_data": "data:application/pdf;base64,aGk="}}], 0, ""),
        ([{"type": "video_url", "video_url": {"url": "https://h/v.mp4"}}], 1, "video_url"),
        ([{"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}}], 0, ""),
        ([{"type": "input_audio", "input_audio": {"data": "https://h/a.wav"}}], 0, "input_audio.data"),
        ([{"type": "file", "file": {"file_data": "https://h/a.pdf"}}], 0, "file_data"),
        ([{"type": "video", "video": "https://h/v.mp4"}], 0, "video"),
        ([{"type": "video", "video": ["https://h/1.png", "data:image/png;base64,aGk="]}], 1, ""),
    ],
)
def test_inputs_by_reference_are_counted(content: Any, media: int, unbounded: str) -> None:
    call = ask(CODEC, {**BODY, "messages": [{"role": "user", "content": content}]})
    assert (call.remote_media, call.unbounded) == (media, unbounded)


def test_what_was_spoken_earlier_is_of_unknown_size() -> None:
    spoken = {"role": "assistant", "content": None, "audio": {"id": "audio_1"}}
    wanted = {"modalities": ["text", "audio"], "audio": {"voice": {"id": "voice_1"}, "format": "wav"}}
    assert ask(CODEC, {**BODY, "messages": [spoken]}).unbounded == "audio.id"
    assert ask(CODEC, {**BODY, **wanted, "messages": [{"role": "user", "content": [INLINE]}]}).unbounded == ""


def test_messages_of_an_unknown_shape_are_searched() -> None:
    assert ask(CODEC, {**BODY, "messages": {"0": {"content": [IMAGE]}}}).remote_media == 1


def test_nothing_to_change_gives_the_same_bytes() -> None:
    call = ask(CODEC, {**BODY, "stream": True, "stream_options": {"include_usage": True}, "max_tokens": 9})
    assert CODEC.write(call, "gpt-x", None) is call.body
    assert CODEC.write(call, "gpt-x", 9) is call.body


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"stream":true', b'"stream":true,"stream_options":{"include_usage":true}'),
        (b'"stream":true,"stream_options":null', b'"stream":true,"stream_options":{"include_usage":true}'),
        (
            b'"stream_options":{"include_usage":false,"x": 1.0},"stream":true',
            b'"stream_options":{"include_usage":true,"x":1.0},"stream":true',
        ),
    ],
)
def test_usage_is_asked_for_and_other_options_are_kept(before: bytes, after: bytes) -> None:
    call = CODEC.read(b'{"model":"m",' + before + b"}", None, None, "")
    assert CODEC.write(call, "m", None) == b'{"model":"m",' + after + b"}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b',"max_tokens":50'),
        (b',"max_tokens":null', b',"max_tokens":50'),
        (b',"max_tokens":90', b',"max_tokens":50'),
        (b',"max_completion_tokens":90', b',"max_completion_tokens":50'),
        (b',"max_tokens":90,"max_completion_tokens":80', b',"max_tokens":50,"max_completion_tokens":50'),
        (b',"max_tokens":40,"max_completion_tokens":80', b',"max_tokens":40,"max_completion_tokens":80'),
    ],
)
def test_the_ceiling_is_lowered_where_the_client_set_it(before: bytes, after: bytes) -> None:
    call = CODEC.read(b'{"model":"m"' + before + b"}", None, None, "")
    assert CODEC.write(call, "m", 50) == b'{"model":"m"' + after + b"}"


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-5.1", b"max_completion_tokens"),
        ("openai/o3", b"max_completion_tokens"),
        ("gpt-4o", b"max_completion_tokens"),
        ("deepseek-chat", b"max_tokens"),
    ],
)
def test_a_new_ceiling_has_the_name_that_the_model_obeys(model: str, name: bytes) -> None:
    call = CODEC.read(b'{"model":"m"}', None, None, "")
    assert CODEC.write(call, model, 50) == b'{"model":"%b","%b":50}' % (model.encode(), name)


def test_only_the_model_changes() -> None:
    call = CODEC.read(b'{"messages":[ 1.0 ],"model":"m","seed":1e3}', None, None, "")
    assert CODEC.write(call, "other", None) == b'{"messages":[ 1.0 ],"model":"other","seed":1e3}'


@pytest.mark.parametrize("base", ["https://h", "https://h/", "https://h/v1", "https://h/v1/"])
def test_the_url(base: str) -> None:
    assert CODEC.target(base, ask(CODEC, BODY), "m") == "https://h/v1/chat/completions"


def test_another_version_in_the_base_is_kept() -> None:
    url = CODEC.target("https://h/v1beta/openai/", ask(CODEC, BODY), "m")
    assert url == "https://h/v1beta/openai/chat/completions"


def test_the_key_travels_as_bearer() -> None:
    assert CODEC.credentials("k") == [(b"authorization", b"Bearer k")]
