"""The arguments of a call, which Anthropic has as an object."""

import msgspec
from msgspec import Raw

from proxyapp.protocols.canonical import ToolUse
from proxyapp.protocols.carrying import object_in
from proxyapp.protocols.counting import BROKEN

_decode = msgspec.json.Decoder(dict[str, Raw]).decode


def write_arguments(call: ToolUse) -> Raw:
    """The object, as it was written where it is one. Free text is the argument `input`."""
    if call.custom:
        return Raw(msgspec.json.encode({"input": call.arguments}))
    try:
        _decode(call.arguments)
    except BROKEN:
        return Raw(msgspec.json.encode(object_in(call.arguments)))
    return Raw(call.arguments.encode())
