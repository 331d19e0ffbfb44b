"""How much to think, and in which form to answer: `thinking` and `output_config`."""

from typing import get_args

from proxyapp.protocols.anthropic.translation.fields import Fields
from proxyapp.protocols.canonical import AnswerFormat, Effort, Reasoning

_EFFORTS: dict[str, Effort] = {name: name for name in get_args(Effort)}
_OFF = ("disabled", "between_tools")  # the second has what is said between calls come as thinking
_SHOWN = {"summarized": True, "updates": True, "omitted": False}


def read_reasoning(fields: Fields) -> Reasoning | None:
    """The wish to think; None where nothing is said of it. An effort without `thinking` stands alone."""
    thinking, effort = fields.inner("thinking"), _read_effort(fields)
    if thinking is None:
        return Reasoning(effort=effort) if effort else None
    kind = thinking.required("type")
    if kind in _OFF:
        if kind != "disabled":
            thinking.lose("type")
        if effort:
            fields.lose("output_config.effort")
        return Reasoning(effort="none")
    if kind not in ("enabled", "adaptive"):
        raise thinking.complaint("type", "must be enabled, adaptive, disabled or between_tools")
    reasoning = Reasoning(
        effort=effort,
        budget=thinking.whole("budget_tokens") if kind == "enabled" else None,
        adaptive=kind == "adaptive",
        shown=_read_display(thinking),
    )
    thinking.leave()
    return reasoning


def _read_display(thinking: Fields) -> bool:
    """Whoever asks for thinking and says no more has always been shown it."""
    display = thinking.text("display")
    if display and display not in ("summarized", "omitted"):
        thinking.lose("display")
    return _SHOWN.get(display, True)


def _read_effort(fields: Fields) -> Effort | None:
    config = fields.inner("output_config")
    named = config.text("effort") if config else ""
    if config and named and named not in _EFFORTS:
        raise config.complaint("effort", f"must be one of {', '.join(_EFFORTS)}")
    return _EFFORTS.get(named)


def read_format(fields: Fields) -> AnswerFormat | None:
    """The schema that the answer must have, from `output_config.format` or, as it was called before,
    `output_format`."""
    config = fields.inner("output_config")
    wanted = config.inner("format") if config else None
    if config:
        config.leave("effort")
    wanted = wanted or fields.inner("output_format")
    if wanted is None:
        return None
    if wanted.required("type") != "json_schema":
        raise wanted.complaint("type", "must be json_schema")
    if not wanted.has("schema"):
        raise wanted.complaint("schema", "is required")
    format_ = AnswerFormat(schema=wanted.members("schema"))
    wanted.leave()
    return format_
