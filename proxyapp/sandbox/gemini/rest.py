"""Gemini's errors, model list, token count and identifying headers."""

from typing import Any

from proxyapp.sandbox.chunks import encode
from proxyapp.sandbox.dialect import HeaderList
from proxyapp.sandbox.models import CONTEXT, MODELS
from proxyapp.sandbox.refusal import Refusal

_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def error(refusal: Refusal, sent: HeaderList) -> bytes:
    fallback = "INTERNAL" if refusal.status >= 500 else "FAILED_PRECONDITION"
    failure: dict[str, Any] = {
        "code": refusal.status,
        "message": refusal.message,
        "status": _STATUSES.get(refusal.status, fallback),
    }
    if refusal.retry_after is not None:
        retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{refusal.retry_after}s"}
        failure["details"] = [retry]
    return encode({"error": failure})


def count(total: int) -> bytes:
    return encode({"totalTokens": total, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": total}]})


def models() -> bytes:
    return encode({"models": [_model(name) for name in MODELS]})


def model(name: str) -> bytes:
    return encode(_model(name))


def credential(headers: dict[str, str], key: str) -> str:
    return headers.get("x-goog-api-key", "").strip() or key


def headers() -> HeaderList:
    return [(b"server-timing", b"gfet4t7; dur=1"), (b"vary", b"Origin, X-Origin, Referer")]


def _model(name: str) -> dict[str, object]:
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": f"Sandbox ({name})",
        "description": "Tollgate's sandbox, a scripted provider.",
        "inputTokenLimit": CONTEXT,
        "outputTokenLimit": CONTEXT,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "thinking": True,
    }
