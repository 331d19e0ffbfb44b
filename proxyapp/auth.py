"""Who is calling: from any of the places where clients put a key, to the facts of that key."""

import time

from proxyapp import token
from proxyapp.errors import NotReady, Unauthenticated
from proxyapp.http import Request
from proxyapp.resp import RedisAway, RedisRefused
from proxyapp.snapshot import KeyFacts
from proxyapp.store import Store
from proxyapp.strange_keys import (
    CARRIERS,
    HINT,
    conflicting,
    elsewhere,
    is_placeholder,
    malformed,
    misplaced,
    missing,
    unknown,
)


class Caller:
    """A key that may call now."""

    __slots__ = ("digest", "key")

    def __init__(self, digest: str, key: KeyFacts) -> None:
        self.digest = digest
        self.key = key


async def identify(request: Request, store: Store, pepper: bytes) -> Caller:
    """The caller, or Unauthenticated saying why not; NotReady where it cannot be known. Never let in."""
    text = presented(request)
    if not token.is_well_formed(text):
        raise refused(request, text, b"" if text else await request.small_body())
    return await looked_up(token.digest(text, pepper), store)


async def looked_up(digest: str, store: Store) -> Caller:
    """Who calls with the key of this digest, as things stand now; raises as `identify` does."""
    try:
        key = await store.key(digest)
        cold = key is None and not await store.is_stranger(digest)
    except (RedisAway, RedisRefused) as away:
        raise NotReady(
            "The gateway cannot look up keys at the moment.", hint="Try again shortly.", retry_after=2
        ) from away
    if cold:
        raise rebuilding()
    if key is None:
        raise unknown()
    check(key)
    return Caller(digest, key)


def rebuilding() -> NotReady:
    """What a Redis that has lost its data says about a key: nothing, and that is no verdict."""
    return NotReady(
        "The gateway's keys and limits are being rebuilt.", hint="Try again shortly.", retry_after=1
    )


def check(key: KeyFacts) -> None:
    """Whether the key may call at this moment; the reason is only told to who holds the whole secret."""
    if key.status == "revoked":
        raise Unauthenticated("This API key has been revoked.", code="api_key_revoked", hint=HINT)
    if key.status == "disabled":
        raise Unauthenticated(
            "This API key is disabled.",
            code="api_key_disabled",
            hint="Enable it at /settings/key-management, or use another key.",
        )
    if key.expires_at is not None and key.expires_at <= time.time():
        day = time.strftime("%Y-%m-%d", time.gmtime(key.expires_at))
        raise Unauthenticated(f"This API key expired on {day}.", code="api_key_expired", hint=HINT)


def presented(request: Request) -> str:
    """The one key that the client sent. Several carriers may carry it, and beside it placeholders, which
    clients send that want some key to be set; two different keys are refused.
    """
    found = [(name, clean(value)) for name, value in request.headers if name in CARRIERS]
    if request.query:
        found.append((b"?key=", clean(request.parameter("key").encode())))
    texts = {text for _, text in found if text}
    if len(texts) > 1:
        texts = {text for text in texts if not is_placeholder(text)} or {min(texts)}
    if len(texts) > 1:
        raise conflicting(carrier for carrier, text in found if text in texts)
    return texts.pop() if texts else ""


def clean(value: bytes) -> str:
    """A key as it was meant: without stray quotes and spaces, without Bearer however often it was said."""
    text = value.decode("utf-8", "replace").strip().strip("\"'").strip()
    while text[:7].lower() == "bearer ":
        text = text[7:].strip().strip("\"'").strip()
    return "" if text.lower() == "bearer" else text


def refused(request: Request, text: str, body: bytes = b"") -> Unauthenticated:
    """Why a text that is no key of ours, or none at all, lets nobody in."""
    if where := elsewhere(request.headers, request.query, body):
        return misplaced(where)
    return malformed(text) if text else missing()
