"""The output items of an answer, as clients get them."""

from typing import Any

from proxyapp.protocols.canonical import Media, Seal, ToolUse
from proxyapp.protocols.carrying import object_in
from proxyapp.protocols.openai_responses.translation.media import data_url
from proxyapp.protocols.openai_responses.translation.reasoning import encrypted_content, summary_of
from proxyapp.protocols.openai_responses.translation.tools import Offer

Item = dict[str, Any]


def message(id_: str, content: list[Item], status: str) -> Item:
    """A message of texts and refusals."""
    return {"id": id_, "type": "message", "status": status, "role": "assistant", "content": content}


def text_content(text: str, annotations: list[Item]) -> Item:
    """A text in a message."""
    return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}


def refusal_content(text: str) -> Item:
    """A refusal in a message."""
    return {"type": "refusal", "refusal": text}


def reasoning(id_: str, text: str, seal: Seal | None, redacted: bool) -> Item:
    """Thinking, with the seal that the client gives back."""
    return {
        "id": id_,
        "type": "reasoning",
        "summary": summary_of(text),
        "encrypted_content": encrypted_content(seal, redacted),
    }


def call(id_: str, use: ToolUse, offer: Offer, call_id: str, status: str) -> Item:
    """A call of a tool, in the words in which the client has offered it."""
    item: Item = {
        "id": id_,
        "type": offer.item_type,
        "status": status,
        "call_id": call_id,
        "name": offer.name,
    }
    if offer.namespace:
        item["namespace"] = offer.namespace
    if offer.custom:
        return {**item, "input": free_text(use)}
    return {**item, "arguments": use.arguments or "{}"}


def free_text(use: ToolUse) -> str:
    """What a custom tool is given. Called as a function, it is the argument `input`."""
    if use.custom:
        return use.arguments
    found = object_in(use.arguments).get("input", use.arguments)
    return found if isinstance(found, str) else use.arguments


def image(id_: str, media: Media) -> Item:
    """An image that the model has made."""
    kind = media.media_type.partition("/")[2] or "png"
    return {
        "id": id_,
        "type": "image_generation_call",
        "status": "completed",
        "output_format": kind,
        "result": media.data,
    }


def is_image(media: Media) -> bool:
    """Whether there is an item for it. Other media are given as links, in a text."""
    return media.kind == "image" and bool(media.data)


def link(media: Media) -> str:
    """Where media can be found."""
    return media.url or data_url(media)
