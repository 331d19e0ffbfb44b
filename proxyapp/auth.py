"""Who is calling: from any of the places where clients put a key, to the facts of that key."""

import time

from proxyapp import token
from proxyapp.errors import NotReady, Unauthenticated
from proxyapp.http import Request
from proxyapp.resp import RedisAway, RedisRefused
from proxyapp.snapshot import KeyFacts
from proxyapp.store import Store

HINT = "Create a key at /settings/key-management and send it as “Authorization: Bearer sk_…”."
_HEADERS = frozenset((b"authorization", b"x-api-key", b"x-goog-api-key"))


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
        raise malformed(text)
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
        raise Unauthenticated("This API key does not exist here.", hint=HINT)
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
    """The one key that the client sent; several carriers may carry it, two different keys are refused."""
    found = {clean(value.decode("latin-1")) for name, value in request.headers if name in _HEADERS}
    found.add(clean(request.parameter("key")))
    found.discard("")
    if len(found) > 1:
        raise Unauthenticated(
            "The request carries more than one API key, and they differ.",
            hint="Send the key in one header only; look for an old key in another environment variable.",
        )
    if not found:
        raise Unauthenticated("No API key was sent.", code="missing_api_key", hint=HINT)
    return found.pop()


def clean(value: str) -> str:
    """A key as it was meant: without stray quotes and spaces, without Bearer however often it was said."""
    value = value.strip().strip("\"'").strip()
    while value[:7].lower() == "bearer ":
        value = value[7:].strip().strip("\"'").strip()
    return "" if value.lower() == "bearer" else value


def malformed(text: str) -> Unauthenticated:
    """Why a text that is no key of ours is refused without a look-up."""
    if not text.startswith(token.PREFIX):
        return Unauthenticated(
            "This is not a key of this gateway: ours begin with “sk_”.",
            hint="Another provider's key or a placeholder was sent. " + HINT,
        )
    return Unauthenticated(
        "This API key is mistyped or cut off: its checksum does not hold.",
        hint=f"A key has {token.LENGTH} characters; copy it whole. " + HINT,
    )
