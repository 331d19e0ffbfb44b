"""REST framework authentication by API key: the same key, carriers and refusals as the wire."""

from functools import cache

import redis
from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from proxyapp import auth, token
from proxyapp.errors import NotReady
from proxyapp.http import Request as WireRequest
from proxyapp.snapshot import Catalogue, KeyFacts, decode_catalogue, decode_key
from proxyapp.store import CATALOGUE, EPOCH, key_name
from proxyapp.strange_keys import unknown


@cache
def client() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


class KeyAuthentication(BaseAuthentication):
    """Sets `request.auth` to the `KeyFacts`; there is no user behind a key. Raises `GatewayError`."""

    def authenticate(self, request: Request) -> tuple[None, KeyFacts]:
        wire = _as_wire(request)
        text = auth.presented(wire)
        if not token.is_well_formed(text):
            raise auth.refused(wire, text)
        try:
            raw = client().get(key_name(token.digest(text, settings.KEY_PEPPER)))
            cold = raw is None and not client().exists(EPOCH)
        except redis.RedisError as away:
            raise NotReady("The gateway cannot look up keys at the moment.", retry_after=2) from away
        if cold:
            raise auth.rebuilding()
        if raw is None:
            raise unknown()
        key = decode_key(raw)
        auth.check(key)
        return None, key


def catalogue() -> Catalogue:
    """The models on offer, as the gateway sees them."""
    try:
        raw = client().get(CATALOGUE)
    except redis.RedisError as away:
        raise NotReady("The catalogue cannot be read at the moment.", retry_after=2) from away
    if raw is None:
        raise NotReady("The catalogue has not been published yet.", retry_after=2)
    return decode_catalogue(raw)


async def _nothing() -> dict[str, object]:
    return {"type": "http.disconnect"}


def _as_wire(request: Request) -> WireRequest:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in request.headers.items()
    ]
    query = request.META.get("QUERY_STRING", "").encode("latin-1")
    scope = {"method": request.method, "path": request.path, "query_string": query, "headers": headers}
    return WireRequest(scope, _nothing)
