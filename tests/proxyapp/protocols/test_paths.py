"""However a base URL was written, the path that comes of it means the endpoint that was wanted."""

import pytest

from proxyapp.protocols.endpoints import BASES, CALLS, closest, match, spoken

WRITTEN = [
    "",
    "/v1",
    "/v1/v1",
    "/openai",
    "/openai/v1",
    "/openai/v1/v1",
    "/anthropic",
    "/anthropic/v1",
    "/anthropic/v1/v1",
    "/gemini",
    "/gemini/v1",
    "/gemini/v1beta",
    "/v1beta",
    "/v1beta/v1beta",
    "/v1beta/v1",
    "/openai/anthropic",
    "//v1",
    "/v1/",
    "/V1",
    "/OpenAI/V1",
]


@pytest.mark.parametrize("base", WRITTEN)
@pytest.mark.parametrize("endpoint", CALLS)
def test_it_works(base: str, endpoint: str) -> None:
    codec = CALLS[endpoint]
    found = match("POST", base + endpoint)
    assert found is not None
    assert (found.kind, found.codec) == ("call", codec)
    at_home = base in BASES[codec.name]
    assert found.canonical == ("" if at_home else "/v1" + endpoint)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/messages/", "/v1/messages"),
        ("/v1//messages", "/v1/messages"),
        ("/v1/messages/v1/messages", "/v1/messages"),
        ("/anthropic/v1/messages/v1/messages", "/v1/messages"),
        ("/v1/chat/completions/chat/completions", "/v1/chat/completions"),
        ("/v1/chat/completions/v1/chat/completions/", "/v1/chat/completions"),
        ("/v1/chat/completions/responses", "/v1/responses"),
        ("/CHAT/Completions", "/v1/chat/completions"),
        ("/messages/messages", "/v1/messages"),
        ("/messages/v1" * 1_000 + "/responses", "/v1/responses"),
    ],
)
def test_an_endpoint_taken_for_a_base(path: str, meant: str) -> None:
    found = match("POST", path)
    assert found is not None
    assert (found.kind, found.canonical) == ("call", meant)


@pytest.mark.parametrize("base", WRITTEN)
@pytest.mark.parametrize("model", ["gemini-2.5-pro", "Publishers/Google//Models/g@001", "ft:g:1", "é x"])
def test_a_model_in_the_path_stays_as_it_is(base: str, model: str) -> None:
    found = match("POST", f"{base}/models/{model}:streamGenerateContent")
    assert found is not None
    assert (found.kind, found.model, found.verb) == ("call", model, "streamGenerateContent")


@pytest.mark.parametrize(
    "path",
    [
        "/v1beta/models/G:generatecontent",
        "/v1beta/models/G:generateContent/",
        "/v1beta//models//G:generateContent",
        "/v1beta/models/other:generateContent/v1beta/models/G:generateContent",
    ],
)
def test_what_is_around_a_model_is_forgiven(path: str) -> None:
    found = match("POST", path)
    assert found is not None
    assert (found.kind, found.model, found.canonical) == ("call", "G", "/v1beta/models/G:generateContent")


@pytest.mark.parametrize(
    ("path", "meant", "model"),
    [
        ("/v1/v1/models", "/v1/models", None),
        ("/v1/models/", "/v1/models", None),
        ("/anthropic/v1/v1/models", "/anthropic/v1/models", None),
        ("/openai/anthropic/models", "/anthropic/v1/models", None),
        ("/gemini/models/a/b", "/v1beta/models/a/b", "a/b"),
        ("/v1/v1/models/ft:g:1", "/v1/models/ft:g:1", "ft:g:1"),
    ],
)
def test_lists_of_models(path: str, meant: str, model: str | None) -> None:
    found = match("GET", path)
    assert found is not None
    assert (found.kind, found.canonical, found.model) == ("models", meant, model)


@pytest.mark.parametrize(
    "path", ["/models", "/models/", "/models/gpt", "/models/ft:g:1", "/", "//", "/usage"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_pages_stay_pages(method: str, path: str) -> None:
    assert match(method, path) is None


@pytest.mark.parametrize("path", ["/v1/messages/v1", "/v1/x/messages", "/v1/messages/batches", "/v1/chat"])
def test_other_words_are_not_guessed_away(path: str) -> None:
    found = match("POST", path)
    assert found is not None
    assert found.kind == "unknown"


@pytest.mark.parametrize("path", ["/v1/nothing", "/V1/nothing", "//v1/nothing"])
def test_below_a_root_all_is_ours(path: str) -> None:
    found = match("GET", path)
    assert found is not None
    assert found.kind == "unknown"


def test_nothing_is_offered_where_nothing_is_alike() -> None:
    assert closest("/v1/" + "x" * 10_000) == ""
    assert spoken("/v1/zzz", ()).name == "openai_chat"


def test_the_protocol_of_a_misspelt_endpoint() -> None:
    assert spoken("/v1/mesages", ()).name == "anthropic"
