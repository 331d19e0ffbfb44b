"""A question, written for a chat provider: OpenAI, or one that is compatible with it."""

import hashlib
import re
from typing import Any

import msgspec

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.canonical import AnswerFormat, Question
from proxyapp.protocols.carrying import effort_of, once
from proxyapp.protocols.fitting import renamed
from proxyapp.protocols.openai_chat.models import NAMES, Habits
from proxyapp.protocols.openai_chat.translation.schemas import may_be_strict
from proxyapp.protocols.openai_chat.translation.write_messages import Messages
from proxyapp.protocols.openai_chat.translation.write_tools import Tools
from proxyapp.protocols.translator import Written

Fields = dict[str, Any]

LONGEST_USER = 64
MOST_STOPS = 4
_TIERS = {
    **{name: name for name in ("auto", "default", "flex", "scale", "priority", "fast")},
    "standard_only": "default",  # Anthropic's word
    "standard": "default",
}
_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed")
_REFUSED_WHILE_THINKING = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "stop")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


def write_question(question: Question, model: str, ceiling: int) -> Written:
    """See `Translator`. The body has `max_completion_tokens` for those of OpenAI's models that know nothing
    else, else `max_tokens`, which compatible providers obey: a ceiling that is not obeyed is none."""
    try:
        return _written(question, Habits(model), model, ceiling)
    except RecursionError:
        raise InvalidRequest("The request is nested too deeply.") from None


def _written(question: Question, habits: Habits, model: str, ceiling: int) -> Written:
    messages, tools = Messages(question, habits), Tools(question, habits)
    losses = [*messages.losses, *tools.losses]
    thought = _reasoning(question, habits, losses)
    fields: Fields = {
        "model": model,
        "messages": messages.written,
        "max_completion_tokens" if habits.thinks else "max_tokens": ceiling,
        **({"stream": True, "stream_options": {"include_usage": True}} if question.stream else {}),
        **tools.fields,
        **thought,
        **_sampling(question, habits, thought, losses),
        **_format(question.format, losses),
        **_about(question, habits, losses),
    }
    body = msgspec.json.encode(fields)
    return Written(body=body, losses=once(losses), names=renamed(question.tools, NAMES))


def _reasoning(question: Question, habits: Habits, losses: list[str]) -> Fields:
    """`reasoning_effort`. Left to the model it is not written."""
    reasoning = question.reasoning
    if reasoning is None:
        return {}
    effort = reasoning.effort
    if effort is None and reasoning.budget is not None:
        effort = effort_of(reasoning.budget)
    if effort is None:
        return {}
    if effort != "none" and not habits.never_thinks:
        known = habits.nearest(effort)
        if known != effort:
            losses.append("reasoning_effort")
        return {"reasoning_effort": known}
    if effort == "none" and habits.knows_none:
        return {"reasoning_effort": "none"}
    if effort != "none" or not habits.never_thinks:
        losses.append("reasoning_effort")
    return {}


def _sampling(question: Question, habits: Habits, thought: Fields, losses: list[str]) -> Fields:
    """Sampling and stop sequences, but for those that OpenAI's models refuse while they think."""
    said = {name: value for name in _SAMPLING if (value := getattr(question, name)) is not None}
    if question.stop:
        said["stop"] = question.stop[:MOST_STOPS]
    if len(question.stop) > MOST_STOPS:
        losses.append("stop")
    if question.top_k is not None:
        losses.append("top_k")
    if not habits.thinks or thought.get("reasoning_effort") == "none":
        return said
    refused = [name for name in _REFUSED_WHILE_THINKING if name in said]
    losses += [name for name in refused if said[name] != 1 or name.endswith("penalty")]
    return {name: value for name, value in said.items() if name not in refused}


def _format(wanted: AnswerFormat | None, losses: list[str]) -> Fields:
    if wanted is None:
        return {}
    if wanted.schema is None:
        return {"response_format": {"type": "json_object"}}
    said: Fields = {"name": _NOT_IN_NAMES.sub("_", wanted.name)[:64] or "answer", "schema": wanted.schema}
    if wanted.description:
        said["description"] = wanted.description
    if wanted.strict is not None:
        said["strict"] = wanted.strict and may_be_strict(wanted.schema)
        if said["strict"] != wanted.strict:
            losses.append("response_format.json_schema.strict")
    return {"response_format": {"type": "json_schema", "json_schema": said}}


def _about(question: Question, habits: Habits, losses: list[str]) -> Fields:
    """What is said about the call as a whole."""
    said: Fields = {}
    if question.user:
        said["user"] = _short(question.user)
    if question.tier in _TIERS:
        said["service_tier"] = _TIERS[question.tier]
    elif question.tier:
        losses.append("service_tier")
    if question.verbosity and habits.knows_newest:
        said["verbosity"] = question.verbosity
    elif question.verbosity:
        losses.append("verbosity")
    return said


def _short(user: str) -> str:
    """A name that is too long for OpenAI by its digest: still opaque, and still one for each user."""
    return user if len(user) <= LONGEST_USER else hashlib.sha256(user.encode()).hexdigest()
