"""A question as a Messages request that the provider accepts."""

from typing import Any

import msgspec

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.anthropic.translation.write_format import write_format
from proxyapp.protocols.anthropic.translation.write_reasoning import write_reasoning
from proxyapp.protocols.anthropic.translation.write_tools import offered, write_choice, write_tools
from proxyapp.protocols.anthropic.translation.write_turns import write_system, write_turns
from proxyapp.protocols.canonical import Question
from proxyapp.protocols.carrying import once
from proxyapp.protocols.translator import Written

VERSION = b"2023-06-01"
_LONGEST_USER = 256
_TIERS = {"auto": "auto", "standard_only": "standard_only", "default": "standard_only"}


def write_question(question: Question, model: str, ceiling: int) -> Written:
    """See `translator.Translator.write_question`."""
    losses: list[str] = []
    try:
        body = msgspec.json.encode(_body(question, model, ceiling, losses))
    except RecursionError:
        raise InvalidRequest("The request body is nested too deeply.", code="invalid_json") from None
    return Written(body, headers=[(b"anthropic-version", VERSION)], losses=once(losses))


def _body(question: Question, model: str, ceiling: int, losses: list[str]) -> dict[str, Any]:
    body: dict[str, Any] = {"model": model, "max_tokens": ceiling}
    config = write_format(question.format, losses)
    if system := write_system(question, losses):
        body["system"] = system
    body["messages"] = write_turns(question.turns, losses)
    tools = offered(question)
    if tools:
        body["tools"] = write_tools(tools, losses)
        body["tool_choice"] = write_choice(question)
    thinks = write_reasoning(question, body, config, losses)
    _write_sampling(question, body, thinks, losses)
    _write_rest(question, body, losses)
    if config:
        body["output_config"] = config
    return {name: value for name, value in body.items() if value is not None}


def _write_sampling(question: Question, body: dict[str, Any], thinks: bool, losses: list[str]) -> None:
    """While thinking, the provider takes none of these; otherwise a temperature of at most 1, and not both
    a temperature and `top_p`. A value of 1 is its own, so leaving it out changes nothing.
    """
    temperature = question.temperature
    if temperature is not None and temperature > 1:
        losses.append("temperature")
        temperature = 1
    top_p = None if question.top_p == 1 else question.top_p
    asked = {
        "temperature": None if temperature == 1 and thinks else temperature,
        "top_p": top_p,
        "top_k": question.top_k or None,
    }
    if thinks:
        losses.extend(name for name, value in asked.items() if value is not None)
        return
    if asked["temperature"] is not None and top_p is not None:
        losses.append("top_p")
        asked["top_p"] = None
    body.update(asked)


def _write_rest(question: Question, body: dict[str, Any], losses: list[str]) -> None:
    stops = [stop for stop in question.stop if stop.strip()]
    if len(stops) < len(question.stop):
        losses.append("stop_sequences")
    body["stop_sequences"] = stops or None
    if len(question.user) > _LONGEST_USER:
        losses.append("metadata.user_id")
    elif question.user:
        body["metadata"] = {"user_id": question.user}
    body["service_tier"] = _TIERS.get(question.tier)
    if question.tier and not body["service_tier"]:
        losses.append("service_tier")
    body["stream"] = question.stream or None
    for name in ("seed", "presence_penalty", "frequency_penalty", "verbosity"):
        if getattr(question, name):
            losses.append(name)
