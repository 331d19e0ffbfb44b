"""`GET /v1/models`: one path, three dialects, told apart by what the client says about itself."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from proxyapp.errors import GatewayError
from proxyapp.protocols.anthropic import CODEC as ANTHROPIC
from proxyapp.protocols.base import Codec
from proxyapp.protocols.gemini import CODEC as GEMINI
from proxyapp.protocols.openai_chat import CODEC as OPENAI
from proxyapp.rest.authentication import KeyAuthentication, catalogue
from proxyapp.snapshot import ModelFacts
from proxyapp.usage import new_call_id


class ModelList(APIView):
    """The models that the key may call, in the shape that the client's protocol expects."""

    authentication_classes = [KeyAuthentication]

    def get(self, request: Request) -> Response:
        codec = dialect(request)
        models = sorted(catalogue().models.values(), key=lambda model: model.name)
        callable_ones = [model for model in models if model.prices and model.routes]
        return Response(_LISTS[codec.name](callable_ones))

    def handle_exception(self, exc: Exception) -> HttpResponse:
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


def dialect(request: Request) -> Codec:
    """The protocol whose list the client expects: by path where that says it, else by headers."""
    if "anthropic-version" in request.headers or request.path.startswith("/anthropic"):
        return ANTHROPIC
    named = "x-goog-api-key" in request.headers or "x-goog-api-client" in request.headers
    if named or request.path.startswith(("/v1beta", "/gemini")):
        return GEMINI
    return OPENAI


def _openai(models: list[ModelFacts]) -> dict[str, Any]:
    rows = [{"id": m.name, "object": "model", "created": m.created, "owned_by": "tollgate"} for m in models]
    return {"object": "list", "data": rows}


def _anthropic(models: list[ModelFacts]) -> dict[str, Any]:
    rows = [
        {
            "type": "model",
            "id": m.name,
            "display_name": m.name,
            "created_at": datetime.fromtimestamp(m.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for m in models
    ]
    ends = (
        {"first_id": rows[0]["id"], "last_id": rows[-1]["id"]}
        if rows
        else {"first_id": None, "last_id": None}
    )
    return {"data": rows, "has_more": False, **ends}


def _gemini(models: list[ModelFacts]) -> dict[str, Any]:
    rows = [
        {
            "name": f"models/{m.name}",
            "displayName": m.name,
            "inputTokenLimit": m.context_tokens,
            "outputTokenLimit": m.max_output_tokens,
            "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
        }
        for m in models
    ]
    return {"models": rows}


_LISTS = {"anthropic": _anthropic, "gemini": _gemini, "openai_chat": _openai}
