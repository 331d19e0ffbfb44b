"""`GET /v1/models`: one path, three dialects, told apart by what the client says about itself."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from proxyapp.errors import GatewayError, UnknownModel
from proxyapp.protocols.anthropic import CODEC as ANTHROPIC
from proxyapp.protocols.base import Codec
from proxyapp.protocols.gemini import CODEC as GEMINI
from proxyapp.protocols.openai_chat import CODEC as OPENAI
from proxyapp.rest.authentication import KeyAuthentication, catalogue
from proxyapp.snapshot import ModelFacts
from proxyapp.usage import new_call_id


class KeyView(APIView):
    """A view for holders of a key: errors in the skin of their protocol, a trace id on every answer."""

    authentication_classes = [KeyAuthentication]

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]  # any answer will do
        if not isinstance(exc, GatewayError):
            return super().handle_exception(exc)
        status, body = dialect(self.request).fail(exc.problem, self.trace_id)
        return HttpResponse(body, status=status, content_type="application/json")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.trace_id = new_call_id()
        super().initial(request, *args, **kwargs)

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(*args, **kwargs)
        response["X-Trace-Id"] = self.trace_id
        response["X-Should-Retry"] = "true" if response.status_code >= 500 else "false"
        return response


class ModelList(KeyView):
    """The models that can be called, in the shape that the client's protocol expects."""

    def get(self, request: Request) -> Response:
        return Response(_LISTS[dialect(request).name](_on_offer()))


class ModelDetail(KeyView):
    """One of them by name."""

    def get(self, request: Request, name: str) -> Response:
        for model in _on_offer():
            if model.name == name:
                return Response(_ROWS[dialect(request).name](model))
        raise UnknownModel(f"There is no model {name[:120]!r} here.", hint="GET /v1/models lists them.")


def dialect(request: Request) -> Codec:
    """The protocol whose list the client expects: by path where that says it, else by headers."""
    if "anthropic-version" in request.headers or request.path.startswith("/anthropic"):
        return ANTHROPIC
    named = "x-goog-api-key" in request.headers or "x-goog-api-client" in request.headers
    if named or request.path.startswith(("/v1beta", "/gemini")):
        return GEMINI
    return OPENAI


def _on_offer() -> list[ModelFacts]:
    """What can be called in a protocol of messages: media is ordered at /v3, not here."""
    models = catalogue().models.values()
    return sorted((m for m in models if m.prices and _speaks(m)), key=lambda model: model.name)


def _speaks(model: ModelFacts) -> bool:
    return any(route.protocol != "media_v3" for route in model.routes)


def _openai(model: ModelFacts) -> dict[str, Any]:
    return {"id": model.name, "object": "model", "created": model.created, "owned_by": "tollgate"}


def _anthropic(model: ModelFacts) -> dict[str, Any]:
    created = datetime.fromtimestamp(model.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"type": "model", "id": model.name, "display_name": model.name, "created_at": created}


def _gemini(model: ModelFacts) -> dict[str, Any]:
    return {
        "name": f"models/{model.name}",
        "displayName": model.name,
        "inputTokenLimit": model.context_tokens,
        "outputTokenLimit": model.max_output_tokens,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
    }


def _openai_list(models: list[ModelFacts]) -> dict[str, Any]:
    return {"object": "list", "data": [_openai(model) for model in models]}


def _anthropic_list(models: list[ModelFacts]) -> dict[str, Any]:
    names: list[str | None] = [model.name for model in models] or [None]
    rows = [_anthropic(model) for model in models]
    return {"data": rows, "has_more": False, "first_id": names[0], "last_id": names[-1]}


def _gemini_list(models: list[ModelFacts]) -> dict[str, Any]:
    return {"models": [_gemini(model) for model in models]}


_ROWS = {"anthropic": _anthropic, "gemini": _gemini, "openai_chat": _openai}
_LISTS = {"anthropic": _anthropic_list, "gemini": _gemini_list, "openai_chat": _openai_list}
