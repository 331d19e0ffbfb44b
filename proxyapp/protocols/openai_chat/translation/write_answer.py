"""A whole chat answer for the client."""

from typing import Any

import msgspec

from proxyapp.protocols.canonical import Answer, Media, Refusal, Text, ToolUse
from proxyapp.protocols.openai_chat.translation.calls import Calls, write_function
from proxyapp.protocols.openai_chat.translation.citations import write_citations
from proxyapp.protocols.openai_chat.translation.stops import write_stop
from proxyapp.protocols.openai_chat.translation.thinking import before_calls, details_of, shown
from proxyapp.protocols.openai_chat.translation.usage import write_usage
from proxyapp.protocols.translator import Frame

Fields = dict[str, Any]


def write_answer(answer: Answer, frame: Frame) -> bytes:
    """See `Translator`."""
    message = _message(answer, frame)
    refused, legacy = message["refusal"] is not None, "function_call" in message
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": write_stop(answer.stop, refused=refused, legacy=legacy),
    }
    completion: Fields = {**head(frame, "chat.completion"), "choices": [choice]}
    if answer.usage is not None:
        completion["usage"] = write_usage(answer.usage)
    return msgspec.json.encode(completion)


def head(frame: Frame, kind: str) -> Fields:
    """What stands before the choices of an answer and of every chunk."""
    return {
        "id": f"chatcmpl-{frame.call_id}",
        "object": kind,
        "created": frame.created,
        "model": frame.model,
    }


def write_image(media: Media) -> Fields:
    """An image that was made, as OpenRouter and others give it."""
    url = media.url or f"data:{media.media_type};base64,{media.data}"
    return {"type": "image_url", "image_url": {"url": url}}


def _message(answer: Answer, frame: Frame) -> Fields:
    texts = [part for part in answer.parts if isinstance(part, Text)]
    refusals = [part.text for part in answer.parts if isinstance(part, Refusal)]
    images = [write_image(part) for part in answer.parts if isinstance(part, Media) and part.kind == "image"]
    message: Fields = {
        "role": "assistant",
        "content": "".join(text.text for text in texts) if texts else None,
        "refusal": "".join(refusals) if refusals else None,
        "annotations": write_citations(texts),
        **_reasoning(answer, frame),
        **_calls([part for part in answer.parts if isinstance(part, ToolUse)], frame),
    }
    return {**message, "images": images} if images else message


def _reasoning(answer: Answer, frame: Frame) -> Fields:
    thinkings = [(shown(thinking, frame.question), call) for thinking, call in before_calls(answer.parts)]
    said: Fields = {}
    if text := "".join(thinking.text for thinking, _ in thinkings if not thinking.redacted):
        said["reasoning_content"] = text
    if details := details_of(thinkings):
        said["reasoning_details"] = details
    return said


def _calls(uses: list[ToolUse], frame: Frame) -> Fields:
    """One `function_call` for whoever offered `functions`, else all as `tool_calls`."""
    if not uses:
        return {}
    if frame.question.legacy and len(uses) == 1:
        return {"function_call": write_function(uses[0])}
    calls = Calls(frame.question)
    return {"tool_calls": [calls.write(use) for use in uses]}
