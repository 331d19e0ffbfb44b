"""Which protocol and which operation a request line means."""

from typing import Literal

import msgspec

from proxyapp.sandbox import anthropic, gemini, openai
from proxyapp.sandbox.dialect import Dialect
from proxyapp.sandbox.tasks import GEMINI_TASKS, TASKS
from proxyapp.sandbox.tasks.job import Reader

Operation = Literal["generate", "count", "task", "compact", "stored", "models", "model", "unknown", "method"]


class Route(msgspec.Struct, frozen=True):
    """Where a request goes. ``model`` and ``stream`` are set where the path says them (Gemini)."""

    dialect: Dialect
    operation: Operation
    model: str = ""
    stream: bool | None = None
    array: bool = False
    task: Reader | None = None


_POSTS = {
    "/v1/messages": Route(anthropic.DIALECT, "generate"),
    "/v1/messages/count_tokens": Route(anthropic.DIALECT, "count"),
    "/v1/chat/completions": Route(openai.CHAT, "generate"),
    "/v1/responses": Route(openai.RESPONSES, "generate"),
    "/v1/responses/input_tokens": Route(openai.RESPONSES, "count"),
    "/v1/responses/compact": Route(openai.RESPONSES, "compact"),
    **{path: Route(openai.CHAT, "task", task=reader) for path, reader in TASKS.items()},
}
_GEMINI_VERBS: dict[str, tuple[Operation, bool]] = {
    "generateContent": ("generate", False),
    "streamGenerateContent": ("generate", True),
    "countTokens": ("count", False),
}


def resolve(method: str, path: str, headers: dict[str, str], query: dict[str, str]) -> Route:
    """The route of a request; unknown paths get the dialect that the caller most likely speaks."""
    route = _POSTS.get(path)
    if route is not None:
        return route if method == "POST" else Route(route.dialect, "method")
    if path.startswith("/v1/responses/"):
        return Route(openai.RESPONSES, "stored", path.removeprefix("/v1/responses/"))
    for base in ("/v1beta/models", "/v1/models"):
        if path == base or path.startswith(f"{base}/"):
            return _model_route(method, path.removeprefix(base).lstrip("/"), base, headers, query)
    return Route(gemini.DIALECT if path.startswith("/v1beta") else _speaker(headers), "unknown")


def _model_route(method: str, rest: str, base: str, headers: dict[str, str], query: dict[str, str]) -> Route:
    dialect = gemini.DIALECT if base == "/v1beta/models" else _speaker(headers)
    if method == "GET":
        return Route(dialect, "model" if rest else "models", rest)
    model, _, verb = rest.rpartition(":")
    if verb in GEMINI_TASKS and model and method == "POST":
        return Route(gemini.DIALECT, "task", model, task=GEMINI_TASKS[verb])
    if verb in _GEMINI_VERBS and model:
        operation, stream = _GEMINI_VERBS[verb]
        if method != "POST":
            return Route(gemini.DIALECT, "method")
        return Route(gemini.DIALECT, operation, model, stream, stream and query.get("alt") != "sse")
    return Route(gemini.DIALECT if model else dialect, "unknown" if model else "method")


def _speaker(headers: dict[str, str]) -> Dialect:
    if "anthropic-version" in headers:
        return anthropic.DIALECT
    if "x-goog-api-key" in headers or "x-goog-api-client" in headers:
        return gemini.DIALECT
    return openai.CHAT
