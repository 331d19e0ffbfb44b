"""Reading and rewriting a Responses request."""

from typing import Any

from proxyapp.protocols.base import Call
from proxyapp.protocols.body import Members, read_body, rewrite
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.openai_inputs import openai_inputs

LEAST_OUTPUT = 16
STORED_INPUTS = ("conversation", "prompt")
"""Members that add input which lies at the provider, of a size and an owner that nobody here knows."""


def read_call(body: bytes) -> Call:
    """What the gateway needs of a Responses request."""
    fields = read_body(body)
    if fields.flag("background"):
        raise fields.complaint("background", "is not offered: the answer must come on this connection")
    remote, unbounded, sealed = openai_inputs(body)
    previous = fields.text("previous_response_id") or ""
    return Call(
        protocol="openai_responses",
        model=read_model(fields),
        body=body,
        stream=fields.flag("stream"),
        max_output=fields.whole("max_output_tokens"),
        least_output=LEAST_OUTPUT,
        remote_media=remote,
        sealed=sealed,
        unbounded=stored_input(fields) or unbounded,
        carriers=("openai_responses",) if previous else (),
        previous=previous,
        stored=fields.flag("store") or not fields.has("store"),
    )


def write_call(call: Call, upstream_model: str, max_output: int | None) -> bytes:
    """The body to forward."""
    edits: dict[str, Any] = {}
    if upstream_model != call.model:
        edits["model"] = upstream_model
    if max_output is not None and (call.max_output is None or max_output < call.max_output):
        edits["max_output_tokens"] = max_output
    return rewrite(call.body, edits) if edits else call.body


def stored_input(fields: Members) -> str:
    """The name of a member that adds such input, or empty."""
    return next((name for name in STORED_INPUTS if fields.has(name)), "")
