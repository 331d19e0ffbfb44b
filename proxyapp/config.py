"""What a gateway process is given; read from the environment once, never looked up later."""

import os
from dataclasses import dataclass

from proxyapp.bounds import positive

MEBIBYTE = 1024 * 1024
_BODY_SECONDS = 30.0
_BODY_ROOM = 256  # MB
_FILLER_SECONDS = 15.0
_SOCKET_SECONDS = 600.0
_SOCKETS = 2_000


@dataclass(frozen=True, slots=True)
class Config:
    """`pepper` keys the digests of API keys; `encryption_keys` opens provider credentials.

    `body_seconds` may pass between two pieces of a request's body; `body_room` bytes of bodies are kept at a
    time. A stream that is silent for `filler_seconds` is filled; a WebSocket on which nothing is asked for
    `socket_seconds` is closed, and there are at most `sockets` of them.
    """

    redis_url: str
    pepper: bytes
    encryption_keys: str
    base_url: str = ""
    largest_body: int = 32 * MEBIBYTE
    largest_answer: int = 64 * MEBIBYTE
    body_seconds: float = _BODY_SECONDS
    body_room: int = _BODY_ROOM * MEBIBYTE
    filler_seconds: float = _FILLER_SECONDS
    socket_seconds: float = _SOCKET_SECONDS
    sockets: int = _SOCKETS

    @classmethod
    def from_environment(cls) -> "Config":
        """KeyError names a variable that is missing: a gateway without its secrets does not start."""
        return cls(
            redis_url=os.environ["REDIS_URL"],
            pepper=bytes.fromhex(os.environ["TOLLGATE_KEY_PEPPER"]),
            encryption_keys=os.environ["TOLLGATE_ENCRYPTION_KEYS"],
            base_url=os.environ.get("TOLLGATE_BASE_URL", "").rstrip("/"),
            body_seconds=positive(os.environ, "TOLLGATE_BODY_SECONDS", _BODY_SECONDS),
            body_room=int(positive(os.environ, "TOLLGATE_BODY_MEMORY_MB", _BODY_ROOM) * MEBIBYTE),
            filler_seconds=positive(os.environ, "TOLLGATE_FILLER_SECONDS", _FILLER_SECONDS),
            socket_seconds=positive(os.environ, "TOLLGATE_SOCKET_SECONDS", _SOCKET_SECONDS),
            sockets=int(positive(os.environ, "TOLLGATE_MAX_SOCKETS", _SOCKETS)),
        )
