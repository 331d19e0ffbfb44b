"""A question, as a generateContent request."""

from typing import Any

import msgspec

from proxyapp.protocols.canonical import Question
from proxyapp.protocols.carrying import once
from proxyapp.protocols.fitting import renamed
from proxyapp.protocols.gemini.translation.models import NAMES, is_before_3
from proxyapp.protocols.gemini.translation.write_config import write_config
from proxyapp.protocols.gemini.translation.write_contents import write_contents
from proxyapp.protocols.gemini.translation.write_tools import write_choice, write_tools
from proxyapp.protocols.translator import Written

_TIERS = {
    "": "",
    "auto": "",
    "default": "standard",
    "standard": "standard",
    "standard_only": "standard",
    "flex": "flex",
    "priority": "priority",
}


def write_question(question: Question, model: str, ceiling: int) -> Written:
    """See `Translator`. The model is in the path, not in the body."""
    losses: list[str] = []
    contents = write_contents(question.turns, media_inside=not is_before_3(model), losses=losses)
    system: list[dict[str, Any]] = [{"text": part.text} for part in question.system if part.text]
    if not contents:
        contents, system = [{"role": "user", "parts": system}], []
    body = {
        "contents": contents,
        "systemInstruction": {"parts": system} if system else None,
        "tools": write_tools(question.tools, losses) or None,
        "toolConfig": write_choice(question.choice, question.tools, losses),
        "generationConfig": write_config(question, model, ceiling, losses),
        "serviceTier": _TIERS.get(question.tier) or None,
    }
    _note_losses(question, losses)
    given = {name: value for name, value in body.items() if value is not None}
    return Written(msgspec.json.encode(given), losses=once(losses), names=renamed(question.tools, NAMES))


def _note_losses(question: Question, losses: list[str]) -> None:
    if any(part.cache for part in question.system):
        losses.append("cache")
    if question.tier not in _TIERS:
        losses.append("tier")
    losses += [name for name in ("user", "verbosity") if getattr(question, name)]
