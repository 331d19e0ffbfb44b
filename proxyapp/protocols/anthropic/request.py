"""Reading and rewriting a Messages request."""

from typing import Any

from proxyapp.protocols.anthropic.references import count_references
from proxyapp.protocols.base import Call
from proxyapp.protocols.body import Members, read_body, rewrite
from proxyapp.protocols.model_name import read_model

ROOM_TO_ANSWER = 1024
"""Tokens left for the answer after a thinking budget is spent."""


def read_call(body: bytes) -> Call:
    """What the gateway needs of a Messages request. A ceiling of 0 is lawful: it only fills the cache."""
    fields = read_body(body)
    if fields.has("fallbacks"):
        raise fields.complaint("fallbacks", "is not accepted: only the model in 'model' may answer")
    ceiling = fields.whole("max_tokens", least=0)
    if ceiling is None:
        raise fields.complaint("max_tokens", "is required")
    remote, unbounded, sealed = count_references(body)
    return Call(
        protocol="anthropic",
        model=read_model(fields),
        body=body,
        stream=fields.flag("stream"),
        max_output=ceiling,
        least_output=_least_output(fields),
        remote_media=remote,
        sealed=sealed,
        unbounded="thread" if fields.has("thread") else unbounded,
    )


def write_call(call: Call, upstream_model: str, max_output: int | None) -> bytes:
    """The body to forward."""
    edits: dict[str, Any] = {}
    if upstream_model != call.model:
        edits["model"] = upstream_model
    if max_output is not None and (call.max_output is None or max_output < call.max_output):
        edits["max_tokens"] = max_output
    return rewrite(call.body, edits) if edits else call.body


def _least_output(fields: Members) -> int:
    """A ceiling must be above the thinking budget, where one is set."""
    thinking = fields.inner("thinking")
    if thinking is None or thinking.text("type") != "enabled":
        return 1
    return (thinking.whole("budget_tokens") or 0) + ROOM_TO_ANSWER
