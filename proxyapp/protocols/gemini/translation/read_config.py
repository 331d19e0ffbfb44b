"""The `generationConfig` of a request, as the fields of a question."""

from typing import Any

from proxyapp.protocols.canonical import AnswerFormat, Effort, Reasoning
from proxyapp.protocols.gemini.translation.message import Message, complaint, untranslatable
from proxyapp.protocols.gemini.translation.schemas import json_schema

_LEVELS: dict[str, Effort] = {
    "MINIMAL": "minimal",
    "LOW": "low",
    "MEDIUM": "medium",
    "HIGH": "high",
    "XHIGH": "xhigh",
}
_NUMBERS = {
    "temperature": "temperature",
    "topP": "top_p",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
}
_WHOLE = {"topK": "top_k", "seed": "seed", "maxOutputTokens": "ceiling"}


def read_config(config: Message) -> dict[str, Any]:
    """The fields of a `Question` that are set here."""
    if (config.whole("candidateCount") or 1) != 1:
        path = config.where("candidateCount")
        raise untranslatable(path, "asks for several answers, which cannot be given")
    _read_modalities(config)
    settings: dict[str, Any] = {field: config.number(name) for name, field in _NUMBERS.items()}
    settings |= {field: config.whole(name) for name, field in _WHOLE.items()}
    settings["stop"] = config.texts("stopSequences")
    settings["format"] = _read_format(config)
    settings["reasoning"] = _read_thinking(config.message("thinkingConfig"))
    if config.take("responseLogprobs"):
        config.lose("responseLogprobs")
    config.lose_rest()
    return settings


def _read_modalities(config: Message) -> None:
    """Text is always answered; whatever else is wanted beside it is a loss."""
    wanted = {name.upper() for name in config.texts("responseModalities")} - {"MODALITY_UNSPECIFIED"}
    if wanted and "TEXT" not in wanted:
        path = config.where("responseModalities")
        raise untranslatable(path, "asks for an answer that is no text, which cannot be given")
    if wanted - {"TEXT"}:
        config.lose("responseModalities")


def _read_format(config: Message) -> AnswerFormat | None:
    kind = config.text("responseMimeType").lower()
    plain, schema = config.take("responseSchema"), config.take("responseJsonSchema")
    if plain is not None and schema is not None:
        raise complaint(config.where("responseJsonSchema"), "cannot be given beside 'responseSchema'")
    if kind not in ("", "text/plain", "application/json"):
        config.lose("responseMimeType")
        return None
    name = "responseSchema" if schema is None else "responseJsonSchema"
    given = plain if schema is None else schema
    if given is not None:
        return AnswerFormat(schema=json_schema(given, config.where(name)))
    return AnswerFormat() if kind == "application/json" else None


def _read_thinking(config: Message | None) -> Reasoning | None:
    """Thinking in a level or a budget; -1 leaves it to the model, 0 is none."""
    if config is None:
        return None
    shown = config.flag("includeThoughts")
    budget, level = config.whole("thinkingBudget"), config.word("thinkingLevel")
    config.lose_rest()
    if level and level != "THINKING_LEVEL_UNSPECIFIED":
        if level not in _LEVELS:
            raise complaint(config.where("thinkingLevel"), f"must be one of {', '.join(_LEVELS)}")
        return Reasoning(effort=_LEVELS[level], shown=shown)
    if budget is not None and budget <= 0:
        return Reasoning(effort="none", shown=shown) if budget == 0 else Reasoning(adaptive=True, shown=shown)
    return Reasoning(budget=budget, shown=shown)
