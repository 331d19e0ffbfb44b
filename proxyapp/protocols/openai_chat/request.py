"""Reading and rewriting a chat request."""

from collections.abc import Sequence
from typing import Any

from proxyapp.protocols.base import Call
from proxyapp.protocols.body import Members, read_body, rewrite, rewrite_inner
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.openai_chat.models import Habits
from proxyapp.protocols.openai_inputs import openai_inputs

CEILINGS = ("max_completion_tokens", "max_tokens")
"""Both bound the answer; the first is the current name, the second the old one."""

MOST_ANSWERS = 128
LEAST_OUTPUT = 16


def read_call(body: bytes) -> Call:
    """What the gateway needs of a chat request."""
    fields = read_body(body)
    check_one_model(fields)
    stream = fields.flag("stream")
    options = fields.inner("stream_options")
    asked = options is not None and options.flag("include_usage")
    ceilings = [value for name in CEILINGS if (value := fields.whole(name)) is not None]
    remote, unbounded, sealed = openai_inputs(body)
    return Call(
        protocol="openai_chat",
        model=read_model(fields),
        body=body,
        stream=stream,
        max_output=min(ceilings) if ceilings else None,
        answers=fields.whole("n", most=MOST_ANSWERS) or 1,
        least_output=LEAST_OUTPUT,
        remote_media=remote,
        sealed=sealed,
        unbounded=unbounded,
        hides_usage=stream and not asked,
    )


def check_one_model(fields: Members) -> None:
    """OpenRouter would answer by any of the `models`, whatever they cost."""
    if fields.has("models"):
        raise fields.complaint("models", "is not accepted: name one model in 'model'")


def write_call(call: Call, upstream_model: str, max_output: int | None) -> bytes:
    """The body to forward. A ceiling that the client did not set has its old name where the model is not one
    of OpenAI's: many compatible providers pass over the new one, and what is passed over bounds nothing.
    """
    ceilings = CEILINGS if Habits(upstream_model).family else CEILINGS[::-1]
    return write_with_ceilings(call, upstream_model, max_output, ceilings)


def write_with_ceilings(
    call: Call, upstream_model: str, max_output: int | None, ceilings: Sequence[str]
) -> bytes:
    """The same, for a kind of request in which these bound the answer, the preferred name first."""
    edits: dict[str, Any] = {}
    if upstream_model != call.model:
        edits["model"] = upstream_model
    lowered = max_output is not None and (call.max_output is None or max_output < call.max_output)
    if not (lowered or call.hides_usage):
        return rewrite(call.body, edits) if edits else call.body
    fields = read_body(call.body)
    if call.hides_usage:
        edits["stream_options"] = rewrite_inner(fields, "stream_options", {"include_usage": True})
    if lowered and max_output is not None:
        edits.update(_lower(fields, max_output, ceilings))
    return rewrite(call.body, edits)


def _lower(fields: Members, ceiling: int, ceilings: Sequence[str]) -> dict[str, int]:
    """Every ceiling in use that is above the new one; the preferred name where none is in use."""
    used = {name: value for name in ceilings if (value := fields.whole(name)) is not None}
    return (
        {name: ceiling for name, value in used.items() if value > ceiling} if used else {ceilings[0]: ceiling}
    )
