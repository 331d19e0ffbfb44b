"""The handshake of a WebSocket: who may have a conversation, and what all others are told."""

import contextlib

import msgspec

from proxyapp import front
from proxyapp.auth import identify
from proxyapp.clients import recognised
from proxyapp.error_answers import refuse
from proxyapp.errors import GatewayError, Problem
from proxyapp.gateway import Gateway
from proxyapp.http import Header, Message, Receive, Reply, Request, Scope, Send
from proxyapp.protocols import endpoints
from proxyapp.protocols.endpoints import Endpoint
from proxyapp.usage import new_call_id
from proxyapp.websocket.conversation import Conversation
from proxyapp.websocket.link import STATE, Link
from proxyapp.websocket.memory import Load
from proxyapp.websocket.places import Places

_BETA = b"openai-beta"
_BETA_OF_THE_SOCKET = b"responses_websockets="
_OF_THE_HANDSHAKE = (b"connection", b"upgrade", b"content-", b"accept", b"sec-websocket-", _BETA)
_OF_A_POST: list[Header] = [(b"content-type", b"application/json"), (b"accept", b"text/event-stream")]


class Handshakes:
    """An ASGI application for WebSockets. A key is looked up before one is accepted; a bad one gets a 401."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._places = Places(gateway.config.sockets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The whole life of a connection."""
        asked, receive_http, send_http = as_http(scope, receive, send)
        endpoint = endpoints.by_socket(scope["path"])
        if endpoint is None:
            await self._gateway(asked, receive_http, send_http)
            return
        call_id = new_call_id()
        request, reply = Request(asked, receive_http), Reply(send_http, call_id)
        with contextlib.ExitStack() as held:
            try:
                caller = await identify(request, self._gateway.store, self._gateway.config.pepper)
                held.enter_context(self._places.one(caller.key.organization_id))
            except GatewayError as error:
                problem = _told_of(error.problem, request.headers)
                await refuse(reply, endpoint.codec, problem, call_id, request.headers)
                return
            link = (scope.get("state") or {}).get(STATE) or Link()
            posting = _posting(scope, endpoint)
            conversation = Conversation(self._gateway, caller, posting, link, receive, send)
            lease = held.enter_context(self._gateway.room.lease(caller.key.organization_id))
            held.enter_context(self._gateway.live.listening(caller.digest, conversation.refuse))
            await conversation.run(Load(lease), _welcome(endpoint, call_id))


def as_http(scope: Scope, receive: Receive, send: Send) -> tuple[Scope, Receive, Send]:
    """The handshake as the GET that it is, to be refused as such.

    Without the extension for that (`websocket.http.response`) the server can only say 403.
    """
    may_answer = "websocket.http.response" in (scope.get("extensions") or {})

    async def refused(message: Message) -> None:
        if may_answer:
            await send({**message, "type": message["type"].replace("http.", "websocket.http.", 1)})
        elif message["type"] == "http.response.start":
            await send({"type": "websocket.close"})

    return {**scope, "type": "http", "method": "GET"}, receive, refused


def _told_of(problem: Problem, headers: list[Header]) -> Problem:
    """Codex tries a refused handshake seven times, but for a 426: then it asks by POST, and is told there."""
    return msgspec.structs.replace(problem, status=426) if recognised(headers) == "codex" else problem


def _posting(scope: Scope, endpoint: Endpoint) -> Scope:
    """The request that each response is asked with: what the handshake said of its client, and no more."""
    headers = [(name, value) for name, value in scope["headers"] if not name.startswith(_OF_THE_HANDSHAKE)]
    betas = [
        beta.strip()
        for name, value in scope["headers"]
        if name == _BETA
        for beta in value.split(b",")
        if not beta.strip().startswith(_BETA_OF_THE_SOCKET)
    ]
    if betas:
        headers.append((_BETA, b", ".join(betas)))
    path = endpoint.canonical or scope["path"]
    posted = {"type": "http", "method": "POST", "path": path, "headers": [*headers, *_OF_A_POST]}
    return {**posted, "query_string": scope.get("query_string", b"")}


def _welcome(endpoint: Endpoint, call_id: str) -> list[Header]:
    headers = [(b"x-trace-id", call_id.encode())]
    return [*headers, front.normalized(endpoint)] if endpoint.canonical else headers
