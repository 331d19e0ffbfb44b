"""The heads of requests and answers, in the form httpx has them.

The rules are the fast lane's, in `encode` and `Incoming`: what they let pass is told to httpx, and what httpx
tells of HTTP/2 is shown to them.
"""

import re
from typing import NamedTuple

from proxyapp.upstream.lane import Outgoing, UpstreamError
from proxyapp.upstream.request import Target, encode

Fields = list[tuple[bytes, bytes]]

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BREAK = re.compile(rb"[\r\n\0]")


class Head(NamedTuple):
    """A request's head. `fields` begin with the host."""

    target: bytes  # path and query
    fields: Fields


def request_head(request: Outgoing, target: Target) -> Head:
    """What the fast lane would send, taken apart again; or its refusal."""
    if request.method == b"CONNECT":
        raise UpstreamError("protocol", "the request was not sent: it asks for a tunnel", sent=False)
    opening, *lines = encode(request, target)[:-4].split(b"\r\n")
    pairs = [line.split(b": ", 1) for line in lines]
    return Head(opening.split(b" ")[1], [(name, value.strip(b" \t")) for name, value in pairs])


def as_text(status: int, fields: Fields) -> bytes:
    """An answer's head as HTTP/1.1 would say it; empty where it could not."""
    if any(_BREAK.search(value) or not _NAME.fullmatch(name) for name, value in fields):
        return b""
    lines = [b"HTTP/1.1 %03d \r\n" % status, *(b"%b: %b\r\n" % field for field in fields), b"\r\n"]
    return b"".join(lines)
