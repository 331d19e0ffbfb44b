"""What is answered without a key, because nothing is called: probes, wrong methods, wrong addresses.

A browser is given no leave to call: `OPTIONS` names the methods, and grants nothing to pages of other
origins. A key in a page is a key given away.
"""

from typing import Any
from urllib.parse import quote

import msgspec

from proxyapp.errors import GatewayError, MethodNotAllowed, UnknownPath, UpgradeRequired
from proxyapp.http import Header, Reply, Request
from proxyapp.protocols import endpoints
from proxyapp.protocols.base import Codec
from proxyapp.protocols.endpoints import Endpoint

_JSON = (b"content-type", b"application/json")
_LONGEST_SHOWN = 200
_SAFE = "/:@!$&'()*+,;=~"


async def answer(request: Request, reply: Reply, endpoint: Endpoint, base_url: str) -> None:
    """The answer, or the GatewayError that is one. `base_url` is the public address, if it is known."""
    match endpoint.kind:
        case "options":
            allowed = ", ".join((*endpoint.allowed, "OPTIONS"))
            await reply.start(204, [(b"allow", allowed.encode())])
            await reply.end()
        case "probe":
            await reply.whole(200, [_JSON], b'{"message":"hello"}')
        case "base":
            await reply.whole(200, [_JSON], msgspec.json.encode(_welcome(base_url)))
        case "wrong_method":
            raise _wrong_method(request, endpoint, base_url)
        case _:
            raise _unknown(request, base_url)


def codec_of(request: Request, endpoint: Endpoint) -> Codec:
    """Whose errors are spoken: where nothing is known of the path, the headers may tell."""
    if endpoint.kind != "unknown":
        return endpoint.codec
    return endpoints.spoken(request.path, {name for name, _ in request.headers})


def normalized(endpoint: Endpoint) -> Header:
    """Says which path was meant by the one that was written."""
    return b"x-gateway-path-normalized", quote(endpoint.canonical, safe=_SAFE).encode()


def _welcome(base_url: str) -> dict[str, object]:
    return {
        "message": "This base URL works. Call one of its endpoints with your key.",
        "endpoints": [base_url + path for path in endpoints.CANONICAL],
    }


def _wrong_method(request: Request, endpoint: Endpoint, base_url: str) -> GatewayError:
    path = endpoint.canonical or request.path
    if request.header(b"upgrade").lower() == "websocket" and endpoints.by_socket(request.path):
        return UpgradeRequired(
            "This handshake of a WebSocket is not understood here.",
            hint="Send GET without a body, Sec-WebSocket-Version: 13 and one Sec-WebSocket-Key; or send "
            f"POST {base_url}{path} and read its events.",
            allow=list(endpoint.allowed),
        )
    if "POST" not in endpoint.allowed:
        return MethodNotAllowed(
            f"{request.method} is not understood at this path.", allow=list(endpoint.allowed)
        )
    return MethodNotAllowed(
        f"This endpoint works, and is called with POST; {request.method} is not understood here.",
        hint=f"Send POST {base_url}{path[:_LONGEST_SHOWN]} with your key as “Authorization: Bearer sk_…” "
        "and a JSON body.",
        allow=list(endpoint.allowed),
    )


def _unknown(request: Request, base_url: str) -> GatewayError:
    meant = endpoints.closest(request.path)
    advice = f"Did you mean {meant}? " if meant else ""
    proposed: dict[str, Any] = {"did_you_mean": meant, "url": base_url + meant} if meant else {}
    return UnknownPath(
        f"There is nothing at {request.path[:_LONGEST_SHOWN]}.",
        hint=f"{advice}Check the base URL: some clients add /v1 themselves, some want it given.",
        path=request.path[:_LONGEST_SHOWN],
        **proposed,
    )
