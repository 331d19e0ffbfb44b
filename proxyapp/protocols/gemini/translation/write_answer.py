"""An answer, as a generateContent answer."""

from typing import Any

import msgspec

from proxyapp.protocols.canonical import Answer, Citation, Part, Refusal, Text, Thinking
from proxyapp.protocols.gemini.translation.citations import write_grounding
from proxyapp.protocols.gemini.translation.seals import seal_text, wants_thoughts
from proxyapp.protocols.gemini.translation.stops import finish_reason
from proxyapp.protocols.gemini.translation.usage import write_usage
from proxyapp.protocols.gemini.translation.write_parts import write_parts
from proxyapp.protocols.translator import Frame


def write_answer(answer: Answer, frame: Frame) -> bytes:
    """See `Translator`."""
    parts = write_parts([_shown(part, frame) for part in answer.parts], seal_text)
    candidate: dict[str, Any] = {
        "content": {"parts": parts or [{"text": ""}], "role": "model"},
        "finishReason": finish_reason(answer.stop),
        "index": 0,
    }
    if cited := _cited(answer, parts):
        candidate["groundingMetadata"] = write_grounding(cited)
    document: dict[str, Any] = {"candidates": [candidate]}
    if answer.usage is not None:
        document["usageMetadata"] = write_usage(answer.usage)
    return msgspec.json.encode({**document, "modelVersion": frame.model, "responseId": frame.call_id})


def _shown(part: Part, frame: Frame) -> Part:
    if not isinstance(part, Thinking) or wants_thoughts(frame.question):
        return part
    return Thinking(seal=part.seal, redacted=part.redacted)


def _cited(answer: Answer, parts: list[dict[str, Any]]) -> list[tuple[int, str, Citation]]:
    """Each source with its text and the index of the part that holds it."""
    cited = []
    places = iter([index for index, part in enumerate(parts) if part.get("text") and not part.get("thought")])
    for part in answer.parts:
        if isinstance(part, Text | Refusal) and part.text:
            index = next(places)
            if isinstance(part, Text):
                cited += [(index, part.text, citation) for citation in part.citations]
    return cited
