"""`GET /v1/models`: one path, three dialects, told apart by what the client says about itself."""

from typing import Any, cast

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from proxyapp import metering
from proxyapp.error_answers import refusal
from proxyapp.errors import Forbidden, GatewayError, UnknownModel
from proxyapp.protocols.anthropic import CODEC as ANTHROPIC
from proxyapp.protocols.base import CHAT_PROTOCOLS, Codec
from proxyapp.protocols.gemini import CODEC as GEMINI
from proxyapp.protocols.openai_chat import CODEC as OPENAI
from proxyapp.rest.authentication import KeyAuthentication, catalogue
from proxyapp.rest.listing import LISTS, ROWS, Offer, cut, page_asked
from proxyapp.snapshot import KeyFacts
from proxyapp.usage import new_call_id

CODEX: dict[str, list[object]] = {"models": []}
"""What Codex is told, which asks with `client_version` and wants its own description of each model: prompts,
shells, levels of reasoning. From an empty list it goes on with what it knows itself."""
_CODEX_TAG = '"tollgate-none"'


class KeyView(APIView):
    """A view for holders of a key: errors in the skin of their protocol, a trace id on every answer."""

    authentication_classes = [KeyAuthentication]

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]  # any answer will do
        if not isinstance(exc, GatewayError):
            return super().handle_exception(exc)
        asked = [(name.lower().encode(), value.encode()) for name, value in self.request.headers.items()]
        status, headers, body = refusal(dialect(self.request), exc.problem, self.trace_id, asked)
        named = {name.decode(): value.decode() for name, value in headers}
        return HttpResponse(body, status=status, headers=named)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.trace_id = new_call_id()
        super().initial(request, *args, **kwargs)

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(*args, **kwargs)
        response["X-Trace-Id"] = self.trace_id
        if "X-Should-Retry" not in response:
            response["X-Should-Retry"] = "true" if response.status_code >= 500 else "false"
        return response


class ModelList(KeyView):
    """The models that this key can call, in the shape that the client's protocol expects."""

    def get(self, request: Request) -> Response:
        if "client_version" in request.query_params:
            return _codex(request)
        name = dialect(request).name
        page = cut(_on_offer(request), page_asked(name, request.query_params))
        return Response(LISTS[name](page))


class ModelDetail(KeyView):
    """One of them by name."""

    def get(self, request: Request, name: str) -> Response:
        for offer in _on_offer(request):
            if offer.model.name == name:
                return Response(ROWS[dialect(request).name](offer))
        raise UnknownModel(
            f"There is no model {name[:120]!r} that this key can call.", hint="GET /v1/models lists them."
        )


def dialect(request: Request) -> Codec:
    """The protocol whose list the client expects: by path where that says it, else by headers."""
    if "anthropic-version" in request.headers or request.path.startswith("/anthropic"):
        return ANTHROPIC
    named = "x-goog-api-key" in request.headers or "x-goog-api-client" in request.headers
    if named or request.path.startswith(("/v1beta", "/gemini")):
        return GEMINI
    return OPENAI


def _on_offer(request: Request) -> list[Offer]:
    """What has a route to call it by and a price for this key, by name. Media is ordered at /v3, not here."""
    current, key = catalogue(), cast(KeyFacts, request.auth)
    offers = []
    for model in sorted(current.models.values(), key=lambda model: model.name):
        if any(route.protocol in CHAT_PROTOCOLS for route in model.routes):
            try:
                offers.append(Offer(model, metering.terms(current, model, key)))
            except Forbidden:  # it has no price for this key
                continue
    return offers


def _codex(request: Request) -> Response:
    if request.headers.get("if-none-match") == _CODEX_TAG:
        return Response(status=304, headers={"ETag": _CODEX_TAG})
    return Response(CODEX, headers={"ETag": _CODEX_TAG})
