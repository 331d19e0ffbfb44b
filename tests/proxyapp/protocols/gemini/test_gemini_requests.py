"""Reading and rewriting Gemini requests."""

from typing import Any

import pytest

from proxyapp.errors import GatewayError, InvalidRequest
from proxyapp.protocols.base import Call
from proxyapp.protocols.gemini import CODEC
from tests.proxyapp.protocols.asking import ask, refused

BODY: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
ONE, STREAM = "generateContent", "streamGenerateContent"


def config(**members: Any) -> dict[str, Any]:
    return {**BODY, "generationConfig": members}


def read(body: bytes, model: str = "g") -> Call:
    return CODEC.read(body, model, ONE, "")


def test_it_works() -> None:
    call = ask(CODEC, config(maxOutputTokens=99, candidateCount=2), verb=ONE)
    assert (call.model, call.max_output, call.answers) == ("gemini-3.1-pro-preview", 99, 2)
    assert (call.stream, call.least_output, call.remote_media, call.unbounded) == (False, 16, 0, "")


@pytest.mark.parametrize(
    ("thinking", "least"),
    [
        ({"thinkingBudget": 8192}, 9216),
        ({"thinking_budget": 8192, "includeThoughts": True}, 9216),
        ({"thinkingBudget": -1}, 16),
        ({"thinkingBudget": 0}, 16),
        ({"thinkingBudget": None}, 16),
        ({"thinkingLevel": "HIGH"}, 16),
        (None, 16),
    ],
)
def test_a_ceiling_is_never_lowered_below_a_thinking_budget(thinking: Any, least: int) -> None:
    assert ask(CODEC, config(thinkingConfig=thinking), verb=ONE).least_output == least


def test_a_thinking_budget_has_one_spelling() -> None:
    body = config(thinkingConfig={"thinkingBudget": 1, "thinking_budget": 9000})
    assert "thinking_budget" in refused(CODEC, body, verb=ONE)


@pytest.mark.parametrize(
    ("query", "sse"),
    [
        ("", False),
        ("alt=sse", True),
        ("key=k&alt=sse", True),
        ("$alt=sse", True),
        ("%24alt=sse", True),
        ("alt=json", False),
        ("alt=json&key=sse", False),
        ("xalt=sse", False),
    ],
)
def test_the_verb_and_the_query_tell_the_form_of_the_answer(query: str, sse: bool) -> None:
    call = ask(CODEC, BODY, verb=STREAM, query=query)
    assert call.stream
    assert call.sse is sse


@pytest.mark.parametrize("verb", ["countTokens", "embedContent", "", None])
def test_other_verbs_are_unknown(verb: str | None) -> None:
    with pytest.raises(GatewayError) as caught:
        CODEC.read(b"{}", "g", verb, "")
    assert caught.value.problem.status == 404


@pytest.mark.parametrize("model", [None, "", "models/", "a\nb"])
def test_a_model_is_needed(model: str | None) -> None:
    with pytest.raises(InvalidRequest):
        CODEC.read(b"{}", model, ONE, "")


def test_the_prefix_of_a_model_name_is_dropped() -> None:
    assert read(b"{}", "models/g").model == "g"


@pytest.mark.parametrize(
    ("body", "ceiling"),
    [
        (b'{"generationConfig":{"maxOutputTokens":9}}', 9),
        (b'{"generation_config":{"max_output_tokens":9}}', 9),
        (b'{"generationConfig":{"max_output_tokens":9}}', 9),
        (b'{"generationConfig":null}', None),
        (b'{"generationConfig":{"maxOutputTokens":null}}', None),
    ],
)
def test_both_spellings_are_understood(body: bytes, ceiling: int | None) -> None:
    assert read(body).max_output == ceiling


@pytest.mark.parametrize(
    "body",
    [
        b'{"generationConfig":{},"generation_config":{}}',
        b'{"generationConfig":{"maxOutputTokens":9,"max_output_tokens":99}}',
        b'{"generationConfig":{"candidateCount":1,"candidate_count":9}}',
        b'{"cachedContent":"a","cached_content":"b"}',
        b'{"generationConfig":null,"generation_config":{}}',
    ],
)
def test_both_spellings_at_once_are_a_field_given_twice(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read(body)


@pytest.mark.parametrize(
    ("name", "value"),
    [("maxOutputTokens", 0), ("maxOutputTokens", "100"), ("maxOutputTokens", 1.0), ("candidateCount", 129)],
)
def test_what_is_refused_is_named_with_its_path(name: str, value: Any) -> None:
    assert refused(CODEC, config(**{name: value}), verb=ONE) == f"generationConfig.{name}"


@pytest.mark.parametrize("value", [[], "x", 5])
def test_the_configuration_is_an_object(value: Any) -> None:
    assert refused(CODEC, {**BODY, "generationConfig": value}, verb=ONE) == "generationConfig"


@pytest.mark.parametrize("name", ["gemini-3.1-pro-preview", "models/gemini-3.1-pro-preview"])
def test_the_model_may_be_repeated_in_the_body(name: str) -> None:
    assert ask(CODEC, {**BODY, "model": name}, verb=ONE).model == "gemini-3.1-pro-preview"


def test_another_model_in_the_body_is_refused() -> None:
    assert refused(CODEC, {**BODY, "model": "models/dear"}, verb=ONE) == "model"


@pytest.mark.parametrize("name", ["cachedContent", "cached_content"])
def test_stored_content_is_unbounded(name: str) -> None:
    assert ask(CODEC, {**BODY, name: "cachedContents/1"}, verb=ONE).unbounded == "cachedContent"


def turn(*parts: Any) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": list(parts)}]}


IMAGE = {"fileData": {"mimeType": "image/png", "fileUri": "https://h/i.png"}}


@pytest.mark.parametrize(
    ("body", "media", "unbounded"),
    [
        (turn({"text": '"fileData":{"fileUri":"x"}'}), 0, ""),
        (turn({"inlineData": {"mimeType": "image/png", "data": "aGk="}}), 0, ""),
        (turn(IMAGE, IMAGE), 2, ""),
        (turn({"file_data": {"mime_type": "image/png", "file_uri": "https://h/i.png"}}), 1, ""),
        (
            turn({"fileData": {"mimeType": "application/pdf", "fileUri": "https://h/d"}}),
            1,
            "fileData.fileUri",
        ),
        (turn({"fileData": {"fileUri": "https://h/film"}}), 1, "fileData.fileUri"),
        (turn({"functionResponse": {"name": "f", "response": {}, "parts": [IMAGE]}}), 1, ""),
        ({"contents": [], "systemInstruction": {"parts": [IMAGE]}}, 1, ""),
        ({"contents": {"parts": [IMAGE]}}, 1, ""),
    ],
)
def test_inputs_by_reference_are_counted(body: dict[str, Any], media: int, unbounded: str) -> None:
    call = ask(CODEC, body, verb=ONE)
    assert (call.remote_media, call.unbounded) == (media, unbounded)


def test_nothing_to_change_gives_the_same_bytes() -> None:
    call = read(b'{"generationConfig":{"maxOutputTokens":99}}')
    assert CODEC.write(call, "g", None) is call.body
    assert CODEC.write(call, "other", None) is call.body
    assert CODEC.write(call, "g", 99) is call.body


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"contents":[ 1.0 ]}', b'{"contents":[ 1.0 ],"generationConfig":{"maxOutputTokens":50}}'),
        (b'{"generationConfig":null}', b'{"generationConfig":{"maxOutputTokens":50}}'),
        (
            b'{"generationConfig":{"topK": 1.0,"maxOutputTokens":99}}',
            b'{"generationConfig":{"topK":1.0,"maxOutputTokens":50}}',
        ),
        (
            b'{"generation_config":{"max_output_tokens":99}}',
            b'{"generation_config":{"max_output_tokens":50}}',
        ),
    ],
)
def test_the_ceiling_is_lowered_where_the_client_set_it(before: bytes, after: bytes) -> None:
    assert CODEC.write(read(before), "g", 50) == after


def test_a_model_repeated_in_the_body_is_renamed_there_too() -> None:
    assert CODEC.write(read(b'{"model":"models/g"}'), "other", None) == b'{"model":"models/other"}'


@pytest.mark.parametrize("base", ["https://h", "https://h/", "https://h/v1beta", "https://h/v1beta/"])
def test_the_url(base: str) -> None:
    call = ask(CODEC, BODY, verb=ONE, query="key=secret&alt=sse")
    assert CODEC.target(base, call, "g-2.5") == "https://h/v1beta/models/g-2.5:generateContent"


def test_a_stream_of_events_is_asked_for_as_such() -> None:
    events = ask(CODEC, BODY, verb=STREAM, query="key=secret&alt=sse")
    assert CODEC.target("https://h/v1", events, "g") == "https://h/v1/models/g:streamGenerateContent?alt=sse"
    array = ask(CODEC, BODY, verb=STREAM, query="key=secret")
    assert CODEC.target("https://h", array, "g") == "https://h/v1beta/models/g:streamGenerateContent"


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("models/g", "g"),
        ("../../secret", "..%2F..%2Fsecret"),
        ("a b?c#d:e", "a%20b%3Fc%23d%3Ae"),
        ("é", "%C3%A9"),
    ],
)
def test_a_model_name_stays_one_segment_of_the_path(model: str, path: str) -> None:
    url = CODEC.target("https://h", ask(CODEC, BODY, verb=ONE), model)
    assert url == f"https://h/v1beta/models/{path}:generateContent"


def test_the_key_travels_in_its_own_header() -> None:
    assert CODEC.credentials("k") == [(b"x-goog-api-key", b"k")]
