"""Anthropic's errors, model list, token count and identifying headers."""

import secrets

from proxyapp.sandbox.chunks import encode, event
from proxyapp.sandbox.dialect import HeaderList, bearer
from proxyapp.sandbox.models import CONTEXT, CREATED_TEXT, MODELS
from proxyapp.sandbox.prompt import Prompt
from proxyapp.sandbox.refusal import Refusal

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def error(refusal: Refusal, sent: HeaderList) -> bytes:
    fallback = "api_error" if refusal.status >= 500 else "invalid_request_error"
    return encode(
        {
            "type": "error",
            "error": {"type": _TYPES.get(refusal.status, fallback), "message": refusal.message},
            "request_id": dict(sent)[b"request-id"].decode(),
        }
    )


def stream_error(prompt: Prompt, sent: list[bytes]) -> bytes:
    failure = {"type": "overloaded_error", "message": "Overloaded"}
    return event("error", {"type": "error", "error": failure})


def count(total: int) -> bytes:
    return encode({"input_tokens": total})


def models() -> bytes:
    data = [_model(name) for name in MODELS]
    return encode({"data": data, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]})


def model(name: str) -> bytes:
    return encode(_model(name))


def credential(headers: dict[str, str], key: str) -> str:
    return headers.get("x-api-key", "").strip() or bearer(headers)


def headers() -> HeaderList:
    request_id = f"req_{secrets.token_hex(12)}"
    return [(b"request-id", request_id.encode()), (b"anthropic-organization-id", b"org-sandbox")]


def _model(name: str) -> dict[str, object]:
    return {
        "type": "model",
        "id": name,
        "display_name": f"Sandbox ({name})",
        "created_at": CREATED_TEXT,
        "lifecycle": "active",
        "max_input_tokens": CONTEXT,
        "max_tokens": CONTEXT,
    }
