"""Writing a question to OpenAI.

Nothing is stored there, so reasoning is asked for in its encrypted form. OpenAI caches prompts by itself, so
how long a part should be kept is not said. A ceiling below the least that OpenAI takes is raised to it.
"""

from typing import Any

import msgspec

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.canonical import Effort, Question, Reasoning
from proxyapp.protocols.carrying import effort_of, once
from proxyapp.protocols.openai_responses.request import LEAST_OUTPUT
from proxyapp.protocols.openai_responses.translation.formats import written_format
from proxyapp.protocols.openai_responses.translation.models import least, may_be_sampled, reasons
from proxyapp.protocols.openai_responses.translation.names import fitting_user
from proxyapp.protocols.openai_responses.translation.read_question import ENCRYPTED
from proxyapp.protocols.openai_responses.translation.write_items import written_items
from proxyapp.protocols.openai_responses.translation.write_tools import renamed, written_choice, written_tools
from proxyapp.protocols.translator import Written

_UNKNOWN = ("stop", "top_k", "seed", "presence_penalty", "frequency_penalty")
"""What a question may ask for and a Responses request cannot."""

_TIERS = {
    "standard": "default",
    "standard_only": "default",
    **{name: name for name in ("auto", "default", "flex", "scale", "priority", "fast", "ultrafast")},
}


def write_question(question: Question, model: str, ceiling: int) -> Written:
    """See `Translator.write_question`."""
    losses: list[str] = []
    try:
        body = msgspec.json.encode(_body(question, model, ceiling, losses))
    except RecursionError:
        raise InvalidRequest("The request body is nested too deeply.", code="invalid_json") from None
    return Written(body=body, losses=once(losses), names=renamed(question.tools))


def _body(question: Question, model: str, ceiling: int, losses: list[str]) -> dict[str, Any]:
    losses += [name for name in _UNKNOWN if getattr(question, name) not in (None, [])]
    body: dict[str, Any] = {
        "model": model,
        "input": written_items(question.turns, losses),
        "max_output_tokens": max(ceiling, LEAST_OUTPUT),
        "store": False,
        "stream": question.stream,
        **_written_reasoning(question.reasoning, model, losses),
        **_written_sampling(question, model, losses),
        **_written_tools(question, losses),
        **_written_text(question, losses),
        **_written_service(question, losses),
    }
    _instruct(body, question)
    return body


def _instruct(body: dict[str, Any], question: Question) -> None:
    """One text is instructions; several stay apart in a developer message. JSON without a schema is refused
    where no message speaks of it.
    """
    texts = [text.text for text in question.system]
    if len(texts) == 1:
        body["instructions"] = texts[0]
    elif texts:
        body["input"].insert(0, _developer(texts))
    wants_json = question.format is not None and question.format.schema is None
    if wants_json and b"json" not in msgspec.json.encode(body["input"]).lower():
        body["input"].append(_developer(["Answer with one JSON object."]))


def _developer(texts: list[str]) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text} for text in texts]
    return {"type": "message", "role": "developer", "content": content}


def _written_reasoning(asked: Reasoning | None, model: str, losses: list[str]) -> dict[str, Any]:
    effort = _effort(asked)
    if not reasons(model):
        if effort not in (None, "none") or (asked and asked.adaptive):
            losses.append("reasoning")
        return {}
    reasoning: dict[str, Any] = {}
    if effort:
        reasoning["effort"] = least(model, effort)
        losses += ["reasoning.effort"] if reasoning["effort"] != effort else []
    if asked and asked.shown:
        reasoning["summary"] = "auto"
    include = {"include": [ENCRYPTED]}
    return {**include, "reasoning": reasoning} if reasoning else include


def _effort(asked: Reasoning | None) -> Effort | None:
    if asked is None:
        return None
    if asked.effort or asked.budget is None:
        return asked.effort
    return effort_of(asked.budget)


def _written_sampling(question: Question, model: str, losses: list[str]) -> dict[str, float]:
    """The usual value, 1, is what a model that cannot be told otherwise does anyway."""
    asked = {"temperature": question.temperature, "top_p": question.top_p}
    given = {name: value for name, value in asked.items() if value is not None}
    effort = _effort(question.reasoning)
    if may_be_sampled(model, least(model, effort) if effort else None):
        return given
    losses += [name for name, value in given.items() if value != 1]
    return {}


def _written_tools(question: Question, losses: list[str]) -> dict[str, Any]:
    tools = written_tools(question.tools, losses)
    if not tools:
        return {}
    choice = written_choice(question.choice, question.tools) if question.choice else {}
    return {"tools": tools, **choice}


def _written_text(question: Question, losses: list[str]) -> dict[str, Any]:
    text: dict[str, Any] = {}
    if question.format:
        text["format"] = written_format(question.format, losses)
    if question.verbosity:
        text["verbosity"] = question.verbosity
    return {"text": text} if text else {}


def _written_service(question: Question, losses: list[str]) -> dict[str, Any]:
    service: dict[str, Any] = {}
    if question.user:
        service["user"] = fitting_user(question.user)
    if question.tier in _TIERS:
        service["service_tier"] = _TIERS[question.tier]
    elif question.tier:
        losses.append("service_tier")
    return service
