"""What Messages can say of the canonical form, and the frame of an answer."""

from typing import Any

import msgspec

from proxyapp.protocols.anthropic.translation import TRANSLATOR
from proxyapp.protocols.canonical import Question, Reasoning, Text, Tool, Turn
from proxyapp.protocols.translator import Frame
from tests.support.canonical import Vocabulary

MESSAGES = Vocabulary(
    "anthropic",
    without=frozenset(["top_p", "seed", "presence_penalty", "frequency_penalty", "verbosity"]),
    media=("image", "document"),
    shown=("image", "document"),
    shown_errors=False,
    link_types=("document",),
    details=False,
    custom=False,
    namespaces=False,
    refusals=False,
    stops=("end", "length", "stop_sequence", "refusal", "pause"),
    reasonings=(
        Reasoning(budget=1024, shown=True),
        Reasoning(adaptive=True, shown=True),
        Reasoning(adaptive=True, effort="high", shown=False),
    ),
    tiers=("auto", "standard_only"),
)
HELLO = Question("m", [Turn("user", [Text("hi")])])
FRAME = Frame(call_id="0190163d8694739b839e62d0e8a1b2c3", model="claude-x", created=1, question=HELLO)


def decoded(document: bytes) -> Any:
    """A JSON document."""
    return msgspec.json.decode(document)


SCHEMA: dict[str, Any] = {"type": "object", "properties": {}}
TOOL = Tool("f", schema=SCHEMA)
THINKS = Reasoning(effort="low")


def write(ceiling: int = 4096, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    """The body for a greeting with these fields, and its losses."""
    written = TRANSLATOR.write_question(msgspec.structs.replace(HELLO, **fields), "claude-x", ceiling)
    return decoded(written.body), written.losses
