"""What a task costs at most, read from its request."""

from typing import Any

import msgspec
import pytest

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.base import Call, Codec
from proxyapp.protocols.openai_chat.completions import COMPLETIONS
from proxyapp.protocols.openai_tasks import TASKS
from tests.proxyapp.protocols.asking import ask, refused

BODIES: dict[str, dict[str, Any]] = {
    "embeddings": {"model": "m", "input": "x"},
    "rerank": {"model": "m", "query": "x", "documents": ["y"]},
    "moderations": {"model": "m", "input": "x"},
    "images/generations": {"model": "m", "prompt": "x"},
    "images/edits": {"model": "m", "prompt": "x", "images": []},
    "audio/speech": {"model": "m", "input": "x", "voice": "v"},
}


def read(path: str, **more: Any) -> Call:
    codec, body = TASKS[path], msgspec.json.encode(BODIES[path] | more)
    return codec.read(body, None, None, "", "application/json")


def form(path: str, **fields: str) -> Call:
    piece = '--b\r\ncontent-disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = "".join(piece.format(*item) for item in fields.items()) + "--b--"
    return TASKS[path].read(body.encode(), None, None, "", "multipart/form-data; boundary=b")


@pytest.mark.parametrize("path", BODIES)
def test_it_works(path: str) -> None:
    call = read(path)
    assert (call.protocol, call.model, call.lowers) == ("openai", "m", False)
    assert call.carriers == ("openai_chat", "openai_responses")


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("name", ["model", "input", "prompt", "query", "documents"])
def test_what_is_needed_is_asked_for_by_name(path: str, name: str) -> None:
    if name in BODIES[path]:
        body = msgspec.json.encode({**BODIES[path], name: None})
        with pytest.raises(InvalidRequest) as caught:
            TASKS[path].read(body, None, None, "", "application/json")
        assert caught.value.problem.details["param"] == name


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("embeddings", "model", 7),
        ("images/generations", "n", "2"),
        ("images/generations", "n", 11),
        ("images/generations", "stream", "yes"),
        ("audio/speech", "input", ["x"]),
        ("audio/speech", "stream_format", 1),
    ],
)
def test_wrong_types_are_refused_by_name(path: str, name: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(path, **{name: value})
    assert caught.value.problem.details["param"] == name


@pytest.mark.parametrize("path", ["audio/transcriptions", "images/edits", "images/variations"])
def test_a_form_without_its_file_is_refused(path: str) -> None:
    with pytest.raises(InvalidRequest, match="is required"):
        form(path, model="m")


def test_pictures_by_the_number() -> None:
    assert read("images/generations", n=3).said["images"] == 3
    assert form("images/edits", model="m", image="xxxx", n="2").said["images"] == 2


def test_a_picture_that_is_given_counts_as_one_however_large_it_is() -> None:
    small = form("images/edits", model="m", image="x")
    large = form("images/edits", model="m", image="x" * 1_000_000)
    assert small.bounds["input"] == large.bounds["input"] < 21_000
    assert small.usual["input"] == large.usual["input"] < 2_000
    inline = {"image_url": "data:image/png;base64," + "x" * 1_000_000}
    assert read("images/edits", images=[inline]).bounds["input"] < 21_000


def test_a_picture_at_the_provider_has_no_known_size() -> None:
    assert read("images/edits", images=[{"file_id": "file_1"}]).unbounded == "file_id"


def test_pictures_under_names_that_are_escaped_are_seen() -> None:
    body = rb'{"model": "m", "prompt": "x", "images": [{"%b": "%b"}]}'
    for name, value in ((rb"image\u005furl", b"https://example.com/a.png"), (rb"file\u005fid", b"file_1")):
        call = TASKS["images/edits"].read(body % (name, value), None, None, "", "application/json")
        assert call.unbounded or call.bounds["input"] > 20_000


def test_speech_by_its_characters() -> None:
    assert read("audio/speech", input="你好!").said == {"characters": 3}


def test_recordings_by_their_size() -> None:
    call = form("audio/transcriptions", model="m", file="x" * 32_000)
    assert (call.bounds["seconds"], call.usual["seconds"]) == (32, 2)


@pytest.mark.parametrize(
    ("more", "answers"),
    [
        ({"prompt": "x"}, 1),
        ({"prompt": ["x", "y"], "n": 2}, 4),
        ({"prompt": [1, 2, 3], "best_of": 3}, 3),
        ({"prompt": [[1], [2]], "n": 2, "best_of": 3}, 6),
        ({"prompt": None}, 1),
    ],
)
def test_old_completions_by_the_number_of_answers(more: dict[str, Any], answers: int) -> None:
    assert ask(COMPLETIONS, {"model": "m"} | more).answers == answers


@pytest.mark.parametrize("prompt", [b"[1e999]", b"[" + b"1" * 5_000 + b"]"])
def test_numbers_out_of_range_are_refused(prompt: bytes) -> None:
    with pytest.raises(InvalidRequest, match="not valid JSON"):
        COMPLETIONS.read(b'{"model":"m","prompt":%b}' % prompt, None, None, "")


def test_an_old_completion_names_one_model() -> None:
    assert refused(COMPLETIONS, {"model": "m", "prompt": "x", "models": ["m", "dear"]}) == "models"


def test_the_ceiling_of_an_old_completion_is_lowered_under_its_only_name() -> None:
    call = ask(COMPLETIONS, {"model": "m", "prompt": "x"})
    assert msgspec.json.decode(COMPLETIONS.write(call, "m", 5))["max_tokens"] == 5


@pytest.mark.parametrize("name", ["n", "best_of", "max_tokens"])
def test_numbers_of_old_completions_are_numbers(name: str) -> None:
    codec: Codec = COMPLETIONS
    assert refused(codec, {"model": "m", "prompt": "x", name: "1"}) == name
