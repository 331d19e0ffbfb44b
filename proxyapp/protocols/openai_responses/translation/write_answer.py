"""Writing a whole answer for a client of Responses."""

import msgspec

from proxyapp.protocols.canonical import Answer, Media, Part, Refusal, Text, Thinking, ToolUse
from proxyapp.protocols.openai_responses.translation import items
from proxyapp.protocols.openai_responses.translation.citations import annotation_of
from proxyapp.protocols.openai_responses.translation.response import response_begun, response_ended
from proxyapp.protocols.openai_responses.translation.tools import Offers
from proxyapp.protocols.translator import Frame


def write_answer(answer: Answer, frame: Frame) -> bytes:
    """See `Translator.write_answer`. Texts and refusals that follow each other are one message."""
    offers = Offers(frame.question.tools)
    output: list[items.Item] = []
    content: list[items.Item] = []  # of the message that is open
    for part in answer.parts:
        said = _content(part)
        if said is None:
            content = []
            output += _item(part, offers, f"{frame.call_id}_{len(output)}")
        else:
            if not content:
                output.append(items.message(f"msg_{frame.call_id}_{len(output)}", content, "completed"))
            content.append(said)
    refused = any(isinstance(part, Refusal) for part in answer.parts)
    whole = response_ended(response_begun(frame), output, answer.stop, answer.usage, refused=refused)
    if content:  # the answer ends in a message: it is as complete as the whole
        output[-1]["status"] = whole["status"]
    return msgspec.json.encode(whole)


def _content(part: Part) -> items.Item | None:
    if isinstance(part, Text):
        notes = [annotation_of(citation, len(part.text)) for citation in part.citations]
        return items.text_content(part.text, notes)
    if isinstance(part, Refusal):
        return items.refusal_content(part.text)
    if isinstance(part, Media) and not items.is_image(part):
        return items.text_content(items.link(part), [])
    return None


def _item(part: Part, offers: Offers, place: str) -> list[items.Item]:
    if isinstance(part, Thinking):
        return [items.reasoning(f"rs_{place}", part.text, part.seal, part.redacted)]
    if isinstance(part, ToolUse):
        offer = offers.of(part)
        return [items.call(f"{offer.prefix}_{place}", part, offer, part.id or f"call_{place}", "completed")]
    return [items.image(f"ig_{place}", part)] if isinstance(part, Media) else []
