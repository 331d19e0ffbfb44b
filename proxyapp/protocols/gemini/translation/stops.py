"""Why an answer ended, in Gemini's words."""

from proxyapp.protocols.canonical import Stop

_WRITTEN: dict[Stop, str] = {
    "end": "STOP",
    "length": "MAX_TOKENS",
    "stop_sequence": "STOP",
    "tool_use": "STOP",
    "refusal": "SAFETY",
    "filter": "SAFETY",
    "pause": "OTHER",
}
_WITHHELD = {
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MODEL_ARMOR",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
}
_READ: dict[str, Stop] = {
    "MAX_TOKENS": "length",
    "CONTINUATION": "pause",
    **dict.fromkeys(_WITHHELD, "filter"),
}


def finish_reason(stop: Stop) -> str:
    return _WRITTEN[stop]


def stop_of(reason: str, *, called: bool) -> Stop:
    """What a finish reason means. Gemini says STOP after a call, too. A reason that is none of the model's
    (a malformed call, and whatever is new) ends the answer with what there is of it."""
    found = _READ.get(reason)
    if found is not None:
        return found
    return "tool_use" if called else "end"
