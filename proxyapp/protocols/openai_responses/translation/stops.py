"""Why an answer ended."""

from typing import Any

from proxyapp.protocols.canonical import Part, Refusal, Stop, ToolUse

_INCOMPLETE: dict[Stop, str] = {
    "length": "max_output_tokens",
    "filter": "content_filter",
    "pause": "max_output_tokens",  # to be gone on with, like an answer that was too long
}
_REASONS: dict[str, Stop] = {"max_output_tokens": "length", "content_filter": "filter"}


def read_stop(status: str, details: Any, *, called: bool, refused: bool) -> Stop:
    """The reason in a response's status, and in what it holds: calls of tools, a refusal."""
    if status == "incomplete":
        reason = details.get("reason") if isinstance(details, dict) else None
        return _REASONS.get(reason, "length") if isinstance(reason, str) else "length"
    if called:
        return "tool_use"
    return "refusal" if refused else "end"


def stop_of(status: str, details: Any, parts: list[Part]) -> Stop:
    """The same, for parts that are all there."""
    called = any(isinstance(part, ToolUse) for part in parts)
    return read_stop(status, details, called=called, refused=any(isinstance(part, Refusal) for part in parts))


def incomplete_reason(stop: Stop, *, refused: bool) -> str:
    """Why a response is incomplete; empty where it is complete. A refusal without words was filtered."""
    if stop == "refusal" and not refused:
        return "content_filter"
    return _INCOMPLETE.get(stop, "")
