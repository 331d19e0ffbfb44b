"""Every way a call can be refused or fail, drawn once.

GatewayError
├── 400 InvalidRequest          the body or a header cannot be accepted; says which field
├── 401 Unauthenticated         no key, a malformed key, an unknown, expired, disabled or revoked key
├── 402 OutOfCredit             the wallet or a budget is spent; names which, and when it resets
├── 403 Forbidden               this key may not do this
├── 404 UnknownModel, UnknownPath, UnknownResponse
├── 405 MethodNotAllowed
├── 413 BodyTooLarge
├── 414 TargetTooLong
├── 415 UnsupportedEncoding
├── 426 UpgradeRequired         a WebSocket is asked for in a way that is not understood
├── 429 LimitReached            requests or concurrency of this key; or credit held by calls in flight
├── 431 HeadTooLarge
├── 4xx UpstreamRefused         the provider refused this request; its words are passed on
├── 502 UpstreamFailed          every route failed
├── 503 NotReady                our own stores are away or being rebuilt; nothing was admitted
└── 504 UpstreamTimeout

One record, several skins: each codec renders it in its protocol's own form. Messages never hold a
provider's name, address or secret.
"""

import os
from typing import Any

import msgspec

_DOCS = f"{os.environ.get('TOLLGATE_BASE_URL', '').rstrip('/')}/docs/errors"
"""A path alone where the public address is not known."""


class Problem(msgspec.Struct, frozen=True):
    """The record behind every error answer."""

    status: int
    code: str  # stable, snake_case, for programs
    message: str  # what happened, for people
    hint: str = ""  # what to do about it
    retry_after: int | None = None  # seconds, where waiting helps
    details: dict[str, Any] = {}

    @property
    def retryable(self) -> bool:
        """Whether sending the same request again may succeed."""
        return self.retry_after is not None or self.status in (502, 503, 504)

    @property
    def docs(self) -> str:
        """Where this code is explained."""
        return f"{_DOCS}#{self.code}"


class GatewayError(Exception):
    """Base of all; carries the `Problem`."""

    status = 500
    code = "internal_error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str = "",
        retry_after: int | None = None,
        status: int | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.problem = Problem(
            status=status or self.status,
            code=code or self.code,
            message=message,
            hint=hint,
            retry_after=retry_after,
            details=details,
        )


class InvalidRequest(GatewayError):
    status, code = 400, "invalid_request"


class Unauthenticated(GatewayError):
    status, code = 401, "invalid_api_key"


class OutOfCredit(GatewayError):
    status, code = 402, "insufficient_credit"


class Forbidden(GatewayError):
    status, code = 403, "forbidden"


class UnknownModel(GatewayError):
    status, code = 404, "model_not_found"


class UnknownPath(GatewayError):
    status, code = 404, "unknown_path"


class UnknownResponse(GatewayError):
    status, code = 404, "response_not_found"


class MethodNotAllowed(GatewayError):
    status, code = 405, "method_not_allowed"


class BodyTooLarge(GatewayError):
    status, code = 413, "request_too_large"


class TargetTooLong(GatewayError):
    status, code = 414, "uri_too_long"


class UnsupportedEncoding(GatewayError):
    status, code = 415, "unsupported_encoding"


class UpgradeRequired(GatewayError):
    status, code = 426, "websocket_not_spoken"


class LimitReached(GatewayError):
    status, code = 429, "rate_limited"


class HeadTooLarge(GatewayError):
    status, code = 431, "headers_too_large"


class UpstreamRefused(GatewayError):
    status, code = 400, "upstream_refused"


class UpstreamFailed(GatewayError):
    status, code = 502, "upstream_failed"


class NotReady(GatewayError):
    status, code = 503, "not_ready"


class UpstreamTimeout(GatewayError):
    status, code = 504, "upstream_timeout"
