"""Why an answer ended: `finish_reason`."""

from proxyapp.protocols.canonical import Stop

_READ: dict[str, Stop] = {
    "stop": "end",
    "length": "length",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "filter",
    # Words of compatible providers.
    "max_tokens": "length",
    "model_length": "length",
    "tool_use": "tool_use",
    "sensitive": "filter",
}
_WRITTEN: dict[Stop, str] = {
    "end": "stop",
    "length": "length",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "filter": "content_filter",
    "pause": "stop",
}


def read_stop(reason: str, *, called: bool, refused: bool) -> Stop:
    """Many providers say `stop` after calls of tools, and all of them after a refusal."""
    stop = _READ.get(reason, "end")
    if stop == "end" and called:
        return "tool_use"
    return "refusal" if stop == "end" and refused else stop


def write_stop(stop: Stop, *, refused: bool, legacy: bool) -> str:
    """`refused`: the answer holds a refusal in words; without, only the reason can tell of it."""
    if stop == "refusal":
        return "stop" if refused else "content_filter"
    return "function_call" if stop == "tool_use" and legacy else _WRITTEN[stop]
