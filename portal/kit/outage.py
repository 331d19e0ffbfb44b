"""What a page says when PostgreSQL or Redis is away: 503 and when to come back, not 500."""

import sys

import redis
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template

_AWAY = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)
_RETRY_AFTER = "5"


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: called while the exception is being handled. The templates ask no server.

    JSON for programs: a body of ``{"error": {code, message, retryable}}``.
    """
    away = isinstance(sys.exc_info()[1], _AWAY)
    answer = _page(away) if request.accepts("text/html") and not _is_api(request) else _json(away)
    if away:
        answer.status_code = 503
        answer["Retry-After"] = _RETRY_AFTER
    return answer


def _page(away: bool) -> HttpResponse:
    return HttpResponse(get_template("503.html" if away else "500.html").render(), status=500)


def _json(away: bool) -> HttpResponse:
    code = "unavailable" if away else "internal_error"
    message = "The database cannot be reached at the moment." if away else "Something broke on our side."
    error = {"code": code, "type": "api_error", "message": message, "retryable": away}
    return JsonResponse({"error": error}, status=500)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/v1", "/v3", "/openai/", "/anthropic/", "/gemini/"))
