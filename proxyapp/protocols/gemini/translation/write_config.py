"""The `generationConfig` of a request."""

from typing import Any

from proxyapp.protocols.canonical import AnswerFormat, Effort, Question, Reasoning
from proxyapp.protocols.carrying import budget_of, effort_of
from proxyapp.protocols.gemini.translation.models import (
    generation,
    is_before_3,
    least_budget,
    most_budget,
    thinks,
    thinks_always,
)

MOST_STOPS = 5
_INT32 = range(-(1 << 31), 1 << 31)
_LEVELS: dict[Effort, str] = {
    "none": "MINIMAL",
    "minimal": "MINIMAL",
    "low": "LOW",
    "medium": "MEDIUM",
    "high": "HIGH",
    "xhigh": "HIGH",
    "max": "HIGH",
}


def write_config(question: Question, model: str, ceiling: int, losses: list[str]) -> dict[str, Any]:
    """The settings, none of which is written where it was not given."""
    config: dict[str, Any] = {
        "maxOutputTokens": ceiling,
        "temperature": question.temperature,
        "topP": question.top_p,
        "topK": question.top_k,
        "seed": question.seed,
        "presencePenalty": question.presence_penalty,
        "frequencyPenalty": question.frequency_penalty,
        "stopSequences": question.stop[:MOST_STOPS] or None,
        "thinkingConfig": _write_thinking(question.reasoning, model, losses) or None,
    }
    if len(question.stop) > MOST_STOPS:
        losses.append("stop")
    if question.seed is not None and question.seed not in _INT32:
        config["seed"] = None
        losses.append("seed")
    config |= _write_format(question, model, losses)
    return {name: value for name, value in config.items() if value is not None}


def _write_format(question: Question, model: str, losses: list[str]) -> dict[str, Any]:
    format = question.format
    if format is None:
        return {}
    if question.tools and is_before_3(model):
        losses.append("format")
        return {}
    config: dict[str, Any] = {"responseMimeType": "application/json"}
    if format.schema is not None:
        config["responseJsonSchema"] = {**_named(format), **format.schema}
    return config


def _named(format: AnswerFormat) -> dict[str, str]:
    """The schema's own words for what the format is called."""
    named = {"title": format.name, "description": format.description}
    return {keyword: text for keyword, text in named.items() if text}


def _write_thinking(reasoning: Reasoning | None, model: str, losses: list[str]) -> dict[str, Any]:
    if reasoning is None:
        return {}
    if not thinks(model):
        losses.extend(["reasoning"] if reasoning.effort != "none" else [])
        return {}
    say = _budget if generation(model) == (2, 5) else _level
    amount = say(reasoning, model, losses)
    return amount if reasoning.shown is None else {**amount, "includeThoughts": reasoning.shown}


def _budget(reasoning: Reasoning, model: str, losses: list[str]) -> dict[str, Any]:
    """Models of 2.5 count tokens."""
    budget = reasoning.budget
    if budget is None and reasoning.effort is not None:
        budget = budget_of(reasoning.effort)
    if budget is None:
        return {"thinkingBudget": -1} if reasoning.adaptive else {}
    if budget <= 0 and not thinks_always(model):
        return {"thinkingBudget": 0}
    within = min(max(budget, least_budget(model)), most_budget(model))
    if within != budget:
        losses.append("reasoning.budget" if reasoning.budget is not None else "reasoning.effort")
    return {"thinkingBudget": within}


def _level(reasoning: Reasoning, model: str, losses: list[str]) -> dict[str, Any]:
    """Later ones know levels, of which the pro models have no lowest; they adapt by themselves."""
    effort = reasoning.effort
    if effort is None and reasoning.budget is not None:
        effort = effort_of(reasoning.budget)
    if effort is None:
        return {}
    level = _LEVELS[effort]
    if level == "MINIMAL" and thinks_always(model):
        level = "LOW"
    if level != effort.upper():
        losses.append("reasoning.effort")
    return {"thinkingLevel": level}
