"""The response object around the items."""

from typing import Any

from proxyapp.protocols.canonical import Question, Stop, ToolChoice
from proxyapp.protocols.openai_responses.translation.formats import written_format
from proxyapp.protocols.openai_responses.translation.stops import incomplete_reason
from proxyapp.protocols.openai_responses.translation.usage import written_usage
from proxyapp.protocols.translator import Frame
from proxyapp.usage import TokenUsage

Object = dict[str, Any]


def response_begun(frame: Frame) -> Object:
    """A response that is in progress: what was asked for, but for the long texts of it."""
    question = frame.question
    return {
        "id": f"resp_{frame.call_id}",
        "object": "response",
        "created_at": frame.created,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": question.ceiling,
        "metadata": {},
        "model": frame.model,
        "output": [],
        "parallel_tool_calls": question.choice is None or question.choice.parallel is not False,
        "previous_response_id": None,
        "reasoning": _reasoning(question),
        "store": False,
        "temperature": question.temperature,
        "text": {"format": written_format(question.format, []) if question.format else {"type": "text"}},
        "tool_choice": _choice(question.choice),
        "tools": [],
        "top_p": question.top_p,
        "truncation": "disabled",
        "usage": None,
        "user": question.user or None,
    }


def response_ended(
    begun: Object, items: list[Object], stop: Stop, usage: TokenUsage | None, *, refused: bool
) -> Object:
    """The same response with its items, `completed` or `incomplete`."""
    reason = incomplete_reason(stop, refused=refused)
    return {
        **begun,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": items,
        "usage": written_usage(usage),
    }


def _choice(choice: ToolChoice | None) -> str | Object:
    if choice is None:
        return "auto"
    return {"type": "function", "name": choice.name} if choice.mode == "named" else choice.mode


def _reasoning(question: Question) -> Object:
    asked = question.reasoning
    effort, shown = (asked.effort, asked.shown) if asked else (None, None)
    return {"effort": effort, "summary": "auto" if shown else None}
