"""The ASGI application of the sandbox provider."""

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from proxyapp.sandbox.delivery import Message, Receive, Send, deliver, read_body
from proxyapp.sandbox.exchange import Rehearsal, Request, reply_to
from proxyapp.sandbox.media import exchange as media
from proxyapp.sandbox.media.studio import Studio
from proxyapp.sandbox.reply import Reply, whole
from proxyapp.sandbox.script import Script
from proxyapp.sandbox.stats import Seen, Stats

_CONTROL = "/__sandbox/"
_QUIET = Script()


class Sandbox:
    """One provider with its own counters. Serve it with one process; state is not shared."""

    def __init__(self) -> None:
        self._forget()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "the sandbox has no lifespan and no WebSocket"
        body = await read_body(receive)
        if body is None:
            return
        request = _request(scope, body)
        if request.path.startswith(_CONTROL):
            await deliver(self._control(request), receive, send)
        else:
            await self._exchange(scope, request, receive, send)

    async def _exchange(self, scope: Message, request: Request, receive: Receive, send: Send) -> None:
        reply = self._reply(request)
        path = scope["raw_path"].decode("latin-1") + (f"?{request.query}" if request.query else "")
        seen = Seen(request.method, path, list(scope["headers"]), request.body)
        stats = self.stats
        counts = stats.opened({reply.tag, request.headers.get("x-sandbox-tag", "")}, seen)
        aborted = True
        try:
            aborted = await deliver(reply, receive, send)
        finally:
            stats.closed(counts, aborted=aborted)

    def _reply(self, request: Request) -> Reply:
        if request.path.startswith(media.ROOT):
            told = (request.method, request.path, request.query, request.headers, request.body)
            return media.reply_to(*told, self.studio)
        return reply_to(request, self.rehearsal)

    def _control(self, request: Request) -> Reply:
        query = dict(parse_qsl(request.query))
        found: dict[str, Any] = {}
        status = 200
        match request.method, request.path.removeprefix(_CONTROL):
            case "GET", "stats":
                found = self.stats.report(query.get("tag", ""), with_body=query.get("body") == "1")
            case "POST", "reset":
                self._forget()
            case _:
                status, found = 404, {"error": "unknown: GET stats and POST reset exist"}
        return whole(status, [], b"application/json", msgspec.json.encode(found), _QUIET)

    def _forget(self) -> None:
        self.stats = Stats()
        self.rehearsal = Rehearsal()
        self.studio = Studio()


def _request(scope: Message, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, body)
