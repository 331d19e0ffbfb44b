"""Reading and rewriting Responses requests."""

from typing import Any

import pytest

from proxyapp.protocols.openai_responses import CODEC
from tests.proxyapp.protocols.asking import ask, refused

BODY: dict[str, Any] = {"model": "gpt-x", "input": "hi"}


def test_it_works() -> None:
    call = ask(CODEC, {**BODY, "stream": True, "max_output_tokens": 99})
    assert (call.model, call.max_output, call.stream, call.answers) == ("gpt-x", 99, True, 1)
    assert (call.least_output, call.remote_media, call.unbounded, call.hides_usage) == (16, 0, "", False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", None),
        ("max_output_tokens", 0),
        ("max_output_tokens", "9"),
        ("stream", 1),
        ("background", True),
    ],
)
def test_what_is_refused_is_named(name: str, value: Any) -> None:
    assert refused(CODEC, {**BODY, name: value}) == name


def test_an_answer_in_the_foreground_may_be_asked_for_in_so_many_words() -> None:
    assert ask(CODEC, {**BODY, "background": False}).model == "gpt-x"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("conversation", "conv_1"),
        ("conversation", {"id": "conv_1"}),
        ("prompt", {"id": "pmpt_1"}),
    ],
)
def test_input_that_lies_at_the_provider_is_unbounded(name: str, value: Any) -> None:
    assert ask(CODEC, {**BODY, name: value}).unbounded == name
    assert ask(CODEC, {**BODY, name: None}).unbounded == ""


def test_a_stored_response_is_named_and_goes_where_it_lies() -> None:
    call = ask(CODEC, {**BODY, "previous_response_id": "resp_1"})
    assert (call.previous, call.carriers, call.unbounded) == ("resp_1", ("openai_responses",), "")


@pytest.mark.parametrize(("said", "stored"), [({}, True), ({"store": True}, True), ({"store": False}, False)])
def test_answers_are_stored_unless_the_client_does_not_want_that(said: dict[str, Any], stored: bool) -> None:
    assert ask(CODEC, BODY | said).stored == stored


def user(*parts: Any) -> list[Any]:
    return [{"role": "user", "content": list(parts)}]


LINKED = {"type": "input_image", "image_url": "https://h/i.png"}
INLINE = {"type": "input_image", "image_url": "data:image/png;base64,aGk="}


@pytest.mark.parametrize(
    ("given", "media", "unbounded"),
    [
        (user({"type": "input_text", "text": '"image_url":"http://h"'}), 0, ""),
        (user(INLINE), 0, ""),
        (user(LINKED, LINKED), 2, ""),
        (user({"type": "input_image", "file_id": "file-1"}), 0, "file_id"),
        (user({"type": "input_file", "file_id": "file-1"}), 0, "file_id"),
        (user({"type": "input_file", "file_url": "https://h/d.pdf"}), 1, "file_url"),
        (user({"type": "input_file", "file_data": "data:application/pdf;base64,aGk="}), 0, ""),
        ([{"type": "item_reference", "id": "msg_1"}], 0, "item_reference"),
        ([{"type": "function_call_output", "call_id": "c", "output": "ok"}], 0, ""),
        ([{"type": "function_call_output", "call_id": "c", "output": [LINKED]}], 1, ""),
        (
            [{"type": "computer_call_output", "output": {"type": "computer_screenshot", "file_id": "f"}}],
            0,
            "file_id",
        ),
        ([{"type": "reasoning", "summary": [], "content": None, "encrypted_content": "x"}], 0, ""),
    ],
)
def test_inputs_by_reference_are_counted(given: Any, media: int, unbounded: str) -> None:
    call = ask(CODEC, {**BODY, "input": given})
    assert (call.remote_media, call.unbounded) == (media, unbounded)


def test_nothing_to_change_gives_the_same_bytes() -> None:
    call = ask(CODEC, {**BODY, "max_output_tokens": 99})
    assert CODEC.write(call, "gpt-x", None) is call.body
    assert CODEC.write(call, "gpt-x", 99) is call.body


def test_model_and_ceiling_are_changed_in_place() -> None:
    call = CODEC.read(b'{"input":[ 1.0 ],"max_output_tokens":99,"model":"m","top_p":1.0}', None, None, "")
    written = CODEC.write(call, "other", 50)
    assert written == b'{"input":[ 1.0 ],"max_output_tokens":50,"model":"other","top_p":1.0}'


def test_a_ceiling_is_added_where_there_is_none() -> None:
    call = CODEC.read(b'{"model":"m"}', None, None, "")
    assert CODEC.write(call, "m", 50) == b'{"model":"m","max_output_tokens":50}'


@pytest.mark.parametrize("base", ["https://h", "https://h/", "https://h/v1", "https://h/v1/"])
def test_the_url(base: str) -> None:
    assert CODEC.target(base, ask(CODEC, BODY), "m") == "https://h/v1/responses"


def test_the_key_travels_as_bearer() -> None:
    assert CODEC.credentials("k") == [(b"authorization", b"Bearer k")]
