"""Why an answer ended."""

from proxyapp.protocols.canonical import Stop

_READ: dict[str, Stop] = {
    "end_turn": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_use",
    "refusal": "refusal",
    "pause_turn": "pause",
}
_WRITTEN: dict[Stop, str] = {
    "end": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_use",
    "refusal": "refusal",
    "filter": "refusal",
    "pause": "pause_turn",
}


def read_stop(reason: str | None, called: bool) -> Stop:
    """What a `stop_reason` means; where it is not said, whether tools were `called` decides."""
    return _READ.get(reason or "", "tool_use" if called else "end")


def write_stop(stop: Stop) -> str:
    """The `stop_reason` for it."""
    return _WRITTEN[stop]
