"""Requests that a provider would refuse are refused in its own form."""

import msgspec
import pytest

from .conftest import Talker
from .wires import WIRES, Talk, Wire

TYPES = {
    "anthropic": {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error"},
    "openai_chat": {400: "invalid_request_error", 401: "authentication_error", 404: "invalid_request_error"},
    "gemini": {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND"},
}
TYPES["openai_responses"] = TYPES["openai_chat"]
REQUIRED = [
    ("anthropic", "model"),
    ("anthropic", "messages"),
    ("anthropic", "max_tokens"),
    ("openai_chat", "model"),
    ("openai_chat", "messages"),
    ("openai_responses", "model"),
    ("openai_responses", "input"),
    ("gemini", "contents"),
]


def _type(wire: Wire, answer: bytes) -> str:
    error = msgspec.json.decode(answer)["error"]
    found: str = error.get("type") or error["status"]
    return found


async def test_it_works(talker: Talker, wire: Wire) -> None:
    answer = await talker.http.post(wire.path("m", stream=False), content=b"{}")
    assert (answer.status_code, _type(wire, answer.content)) == (401, TYPES[wire.name][401])


@pytest.mark.parametrize("name", ["authorization", "x-api-key", "x-goog-api-key"])
async def test_the_credential_bad_is_refused(talker: Talker, wire: Wire, name: str) -> None:
    value = "Bearer bad" if name == "authorization" else "bad"
    answer = await talker.http.post(wire.path("m", stream=False), content=b"{}", headers={name: value})
    assert answer.status_code == 401


async def test_only_the_providers_own_carrier_counts(talker: Talker, wire: Wire) -> None:
    foreign = {"x-api-key": "k"} if wire.name != "anthropic" else {"x-goog-api-key": "k"}
    answer = await talker.http.post(wire.path("m", stream=False), content=b"{}", headers=foreign)
    assert answer.status_code == 401


async def test_anthropic_takes_bearer(talker: Talker) -> None:
    body = WIRES["anthropic"].encoded("m", Talk())
    answer = await talker.http.post("/v1/messages", content=body, headers={"authorization": "Bearer k"})
    assert answer.status_code == 200


async def test_gemini_takes_the_key_from_the_query(talker: Talker) -> None:
    body = WIRES["gemini"].encoded("m", Talk())
    answer = await talker.http.post("/v1beta/models/m:generateContent?key=k", content=body)
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"model":', b'{"model":"\xff"}'])
async def test_malformed_json_is_refused(talker: Talker, wire: Wire, body: bytes) -> None:
    answer = await talker.http.post(wire.path("m", stream=False), content=body, headers=wire.headers)
    assert (answer.status_code, _type(wire, answer.content)) == (400, TYPES[wire.name][400])


@pytest.mark.parametrize(("name", "field"), REQUIRED)
async def test_required_fields_are_named(talker: Talker, name: str, field: str) -> None:
    wire = WIRES[name]
    body = wire.body("m", Talk())
    del body[field]
    answer = await talker.http.post(wire.path("m", stream=False), json=body, headers=wire.headers)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["message"]


async def test_wrong_types_are_refused(talker: Talker, wire: Wire) -> None:
    field = {"openai_responses": "instructions", "gemini": "contents"}.get(wire.name, "messages")
    body = {**wire.body("m", Talk()), field: 7}
    answer = await talker.http.post(wire.path("m", stream=False), json=body, headers=wire.headers)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "path"),
    [("anthropic", "/v1/nothing"), ("openai_chat", "/v1/nothing"), ("gemini", "/v1beta/models/m:dance")],
)
async def test_unknown_paths_are_404(talker: Talker, name: str, path: str) -> None:
    answer = await talker.http.post(path, headers=WIRES[name].headers)
    assert (answer.status_code, _type(WIRES[name], answer.content)) == (404, TYPES[name][404])


async def test_wrong_methods_are_405(talker: Talker, wire: Wire) -> None:
    answer = await talker.http.put(wire.path("m", stream=False), headers=wire.headers)
    assert answer.status_code == 405


async def test_openai_says_param_and_code(talker: Talker) -> None:
    wire = WIRES["openai_chat"]
    answer = await talker.http.post("/v1/chat/completions", json={"model": "m"}, headers=wire.headers)
    assert answer.json()["error"] == {
        "message": "Missing required parameter: 'messages'.",
        "type": "invalid_request_error",
        "param": "messages",
        "code": "missing_required_parameter",
    }


async def test_anthropic_repeats_its_request_id(talker: Talker) -> None:
    answer = await talker.http.post("/v1/messages", content=b"{}")
    assert answer.json()["request_id"] == answer.headers["request-id"]
