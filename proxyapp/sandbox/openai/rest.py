"""OpenAI's errors, model list and identifying headers (Chat Completions and Responses alike)."""

import secrets

from proxyapp.sandbox.chunks import encode
from proxyapp.sandbox.dialect import HeaderList, bearer
from proxyapp.sandbox.models import CREATED, MODELS
from proxyapp.sandbox.prompt import Prompt
from proxyapp.sandbox.refusal import Refusal

_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_CODES = {
    401: "invalid_api_key",
    402: "insufficient_quota",
    404: "not_found",
    429: "rate_limit_exceeded",
    503: "server_is_overloaded",
}


def error(refusal: Refusal, sent: HeaderList) -> bytes:
    message, code = refusal.message, refusal.code or _CODES.get(refusal.status)
    if refusal.missing:
        message, code = f"Missing required parameter: '{refusal.param}'.", "missing_required_parameter"
    fallback = "server_error" if refusal.status >= 500 else "invalid_request_error"
    kind = _TYPES.get(refusal.status, fallback)
    return encode({"error": {"message": message, "type": kind, "param": refusal.param, "code": code}})


def stream_error(prompt: Prompt, sent: list[bytes]) -> bytes:
    """Chat: an error object in place of a chunk, and no ``[DONE]``."""
    message = "The server had an error while processing your request."
    failure = {"message": message, "type": "server_error", "param": None, "code": None}
    return b"data: %b\n\n" % encode({"error": failure})


def count(total: int) -> bytes:
    return encode({"object": "response.input_tokens", "input_tokens": total})


def models() -> bytes:
    return encode({"object": "list", "data": [_model(name) for name in MODELS]})


def model(name: str) -> bytes:
    return encode(_model(name))


def credential(headers: dict[str, str], key: str) -> str:
    return bearer(headers)


def headers() -> HeaderList:
    return [
        (b"x-request-id", b"req_" + secrets.token_hex(16).encode()),
        (b"openai-processing-ms", b"1"),
        (b"openai-version", b"2020-10-01"),
        (b"openai-organization", b"org-sandbox"),
    ]


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "sandbox"}
