"""Which address means what."""

import pytest

from proxyapp.protocols.endpoints import is_wire, match


def test_it_works() -> None:
    endpoint = match("POST", "/v1/messages")
    assert endpoint is not None
    assert (endpoint.kind, endpoint.codec.name, endpoint.model, endpoint.verb) == (
        "call",
        "anthropic",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("path", "protocol"),
    [
        ("/anthropic/v1/messages", "anthropic"),
        ("/v1/messages", "anthropic"),
        ("/openai/v1/chat/completions", "openai_chat"),
        ("/openai/chat/completions", "openai_chat"),
        ("/v1/chat/completions", "openai_chat"),
        ("/openai/v1/responses", "openai_responses"),
        ("/openai/responses", "openai_responses"),
        ("/v1/responses", "openai_responses"),
        ("/v1beta/models/g:generateContent", "gemini"),
        ("/v1/models/g:streamGenerateContent", "gemini"),
        ("/gemini/v1beta/models/g:generateContent", "gemini"),
        ("/v1/models/g:embedContent", "gemini"),
        ("/v1/models/g:batchEmbedContents", "gemini"),
        ("/openai/v1/responses/compact", "openai_responses"),
        ("/v1/completions", "openai"),
        ("/v1/embeddings", "openai"),
        ("/openai/v1/rerank", "openai"),
        ("/openai/moderations", "openai"),
        ("/v1/images/generations", "openai"),
        ("/v1/images/edits", "openai"),
        ("/v1/images/variations", "openai"),
        ("/v1/audio/speech", "openai"),
        ("/v1/audio/transcriptions", "openai"),
        ("/v1/audio/translations", "openai"),
    ],
)
def test_calls(path: str, protocol: str) -> None:
    endpoint = match("POST", path)
    assert endpoint is not None
    assert (endpoint.kind, endpoint.codec.name) == ("call", protocol)


@pytest.mark.parametrize(
    "model", ["gemini-2.5-pro", "models/g", "publishers/google/models/g@001", "ft:g:1", "é x"]
)
@pytest.mark.parametrize("verb", ["generateContent", "streamGenerateContent"])
def test_model_and_verb_in_the_path(model: str, verb: str) -> None:
    endpoint = match("POST", f"/v1beta/models/{model}:{verb}")
    assert endpoint is not None
    assert (endpoint.kind, endpoint.model, endpoint.verb) == ("call", model, verb)


@pytest.mark.parametrize(
    ("path", "protocol"),
    [
        ("/v1/messages/count_tokens", "anthropic"),
        ("/anthropic/v1/messages/count_tokens", "anthropic"),
        ("/v1/responses/input_tokens", "openai_responses"),
        ("/openai/responses/input_tokens", "openai_responses"),
        ("/v1beta/models/g:countTokens", "gemini"),
        ("/v1/models/g:countTokens", "gemini"),
    ],
)
def test_counts(path: str, protocol: str) -> None:
    endpoint = match("POST", path)
    assert endpoint is not None
    assert (endpoint.kind, endpoint.codec.name) == ("count", protocol)


@pytest.mark.parametrize(
    ("method", "path", "verb"),
    [
        ("GET", "/v1/responses/resp_1", "GET "),
        ("DELETE", "/openai/v1/responses/resp_1", "DELETE "),
        ("POST", "/v1/responses/resp_1/cancel", "POST /cancel"),
        ("GET", "/openai/responses/resp_1/input_items", "GET /input_items"),
    ],
)
def test_stored_responses(method: str, path: str, verb: str) -> None:
    endpoint = match(method, path)
    assert endpoint is not None
    assert (endpoint.kind, endpoint.model, endpoint.verb) == ("stored", "resp_1", verb)


@pytest.mark.parametrize(
    ("path", "protocol", "model"),
    [
        ("/v1/models", "openai_chat", None),
        ("/openai/v1/models", "openai_chat", None),
        ("/anthropic/v1/models", "anthropic", None),
        ("/v1beta/models", "gemini", None),
        ("/v1/models/gpt-4.1", "openai_chat", "gpt-4.1"),
        ("/v1beta/models/a/b", "gemini", "a/b"),
    ],
)
def test_lists_of_models(path: str, protocol: str, model: str | None) -> None:
    endpoint = match("GET", path)
    assert endpoint is not None
    assert (endpoint.kind, endpoint.codec.name, endpoint.model) == ("models", protocol, model)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/messages", ("POST",)),
        ("GET", "/v1/responses", ("POST",)),
        ("GET", "/v1/responses/compact", ("POST",)),
        ("POST", "/v1/responses/resp_1", ("GET", "DELETE")),
        ("GET", "/v1/responses/resp_1/cancel", ("POST",)),
        ("PUT", "/v1beta/models/g:generateContent", ("POST",)),
        ("POST", "/v1/models", ("GET", "HEAD")),
        ("DELETE", "/v1/models/m", ("GET", "HEAD")),
    ],
)
def test_a_wrong_method_is_told_the_right_one(method: str, path: str, allowed: tuple[str, ...]) -> None:
    endpoint = match(method, path)
    assert endpoint is not None
    assert (endpoint.kind, endpoint.allowed) == ("wrong_method", allowed)


@pytest.mark.parametrize(
    ("path", "protocol"),
    [
        ("/v1", "openai_chat"),
        ("/v1/nothing", "openai_chat"),
        ("/openai/v1/nothing", "openai_chat"),
        ("/v1/messages/v1", "openai_chat"),
        ("/anthropic", "anthropic"),
        ("/anthropic/v1/nothing", "anthropic"),
        ("/v1beta/nothing", "gemini"),
        ("/gemini/nothing", "gemini"),
        ("/v1/responses/resp_1/nothing", "openai_chat"),
        ("/v1beta/models/g:predict", "gemini"),
        ("/v1/models/g:predict", "gemini"),
        ("/v1beta/models/:generateContent", "gemini"),
    ],
)
def test_unknown_wire_paths_have_a_skin(path: str, protocol: str) -> None:
    endpoint = match("POST", path)
    assert endpoint is not None
    assert (endpoint.kind, endpoint.codec.name) == ("unknown", protocol)


@pytest.mark.parametrize(
    "path", ["/", "/v1x", "/v10/messages", "/v3/x", "/usage", "/anthropics", "/api/v1/messages", ""]
)
def test_other_paths_are_not_ours(path: str) -> None:
    assert match("POST", path) is None
    assert not is_wire(path)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/x", "/v1beta/x", "/openai", "/anthropic/x", "/gemini"])
def test_all_that_is_below_a_root_is_ours(path: str) -> None:
    assert is_wire(path)
