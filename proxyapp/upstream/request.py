"""A request in bytes: where it goes, and the head that says so.

Nothing here trusts its input: a header value with a line break in it would be a second request on a
connection that other tenants use next.
"""

import re
import string
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from proxyapp.upstream.lane import Outgoing, UpstreamError

_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"[!-~]+")  # printable ASCII without the blank
_HOST = re.compile(r"[0-9A-Za-z._\-]+|[0-9A-Fa-f.:]+")  # a name or an address; no zone, no percent
_TOKEN = (string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~").encode()
_FINE = (
    bytes(byte for byte in range(256) if byte >= 32 and byte != 127) + b"\t\r\n"
)  # line breaks are counted

# Framing and the connection itself are the lane's affair; so is what only speaks to the next hop.
_OURS = frozenset(
    (
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
_USUAL_NAME = 64  # bytes; longer names are not remembered, since clients make them up
_WITH_BODY = frozenset((b"POST", b"PUT", b"PATCH"))  # say "content-length: 0" rather than nothing


class OriginKey(NamedTuple):
    """What may share connections. With `allow_private`, or one caller's permission would serve another."""

    tls: bool
    host: str
    port: int
    allow_private: bool


class Target(NamedTuple):
    """Where a URL leads."""

    origin: OriginKey
    opening: bytes  # the request line after the method, and the host header


@lru_cache(maxsize=1024)
def locate(url: str, allow_private: bool) -> Target:
    """Take `url` apart, or refuse it."""
    if not _URL.fullmatch(url):  # before urlsplit, which silently drops line breaks
        raise _refusal("its address holds a character that must be percent-encoded")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refusal("its address cannot be read") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host) or port == 0:
        raise _refusal("its address is not an absolute http or https one")
    if "@" in parts.netloc or "#" in url:
        raise _refusal("its address holds a user name or a fragment")
    key = OriginKey(parts.scheme == "https", host, port or _PORTS[parts.scheme], allow_private)
    authority = f"[{host}]" if ":" in host else host
    if key.port != _PORTS[parts.scheme]:
        authority += f":{key.port}"
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return Target(key, f" {path}{query} HTTP/1.1\r\nhost: {authority}\r\n".encode())


def encode(request: Outgoing, target: Target) -> bytes:
    """The head of `request`, up to and with the empty line."""
    lines = [b"%b: %b\r\n" % field for field in request.headers if _goes_on(field[0])]
    block = b"".join(lines)
    breaks = len(lines)
    if block.translate(None, _FINE) or block.count(b"\n") != breaks or block.count(b"\r") != breaks:
        raise _refusal("a header value holds a control character")
    _goes_on(request.method)
    size = len(request.body)
    if size or request.method in _WITH_BODY:
        return b"%b%b%bcontent-length: %d\r\n\r\n" % (request.method, target.opening, block, size)
    return b"%b%b%b\r\n" % (request.method, target.opening, block)


def _goes_on(name: bytes) -> bool:
    """Whether a header of this name is sent on. A method must be a token just as well."""
    return _known(name) if len(name) <= _USUAL_NAME else _known.__wrapped__(name)


@lru_cache(maxsize=1024)
def _known(name: bytes) -> bool:
    if not name or name.translate(None, _TOKEN):
        raise _refusal("its method or a header name is not a token")
    return name.lower() not in _OURS


def _refusal(reason: str) -> UpstreamError:
    return UpstreamError("protocol", f"the request was not sent: {reason}", sent=False)
