"""Error answers: status, headers and body in the client's own protocol, and the problems that are our own."""

from collections.abc import Sequence

import msgspec

from proxyapp.clients import calmed
from proxyapp.errors import Problem
from proxyapp.http import Header, Reply
from proxyapp.protocols.base import Codec

OUR_FAULT = Problem(
    500,
    "internal_error",
    "The gateway failed.",
    "The usage page says whether it was charged. If it happens again, tell support the trace id.",
)
STOPPING = Problem(503, "gateway_stopping", "The gateway is being restarted.", "Try again.", retry_after=1)
CUT_OFF = Problem(
    502,
    "upstream_interrupted",
    "The provider broke off in the middle of its answer.",
    "What had arrived until then is charged. Try again.",
    retry_after=1,
)
_LAST_OF_ITS_CONNECTION = frozenset(("request_timeout", "websocket_not_spoken"))
"""What still comes on the connection belongs to a request long refused, or is no HTTP."""


async def refuse(
    reply: Reply, codec: Codec, problem: Problem, call_id: str, asked: Sequence[Header] = ()
) -> None:
    """An error answer, with the headers that keep the client's retries in bounds."""
    if reply.started:  # a stream that we broke ourselves: end it, there is no better word left
        await reply.end()
        return
    await reply.whole(*refusal(codec, problem, call_id, asked))


def broken_off(words: str) -> Problem:
    """A provider that says in the middle of its answer why it does not go on."""
    return msgspec.structs.replace(CUT_OFF, message=f"{CUT_OFF.message[:-1]}: {words}")


def refusal(
    codec: Codec, problem: Problem, call_id: str, asked: Sequence[Header] = ()
) -> tuple[int, list[Header], bytes]:
    """Status, headers and body of an error answer to a request with the headers `asked`."""
    status, body = codec.fail(calmed(problem, asked), call_id)
    headers = [
        (b"content-type", b"application/json"),
        (b"x-should-retry", b"true" if problem.retryable else b"false"),
    ]
    if problem.retry_after is not None:
        headers.append((b"retry-after", str(problem.retry_after).encode()))
    if allow := problem.details.get("allow"):
        headers.append((b"allow", ", ".join(allow).encode()))
    if problem.status == 426:
        headers.append((b"upgrade", b"HTTP/1.1"))
    if problem.code in _LAST_OF_ITS_CONNECTION:
        headers.append((b"connection", b"close"))
    return status, headers, body
