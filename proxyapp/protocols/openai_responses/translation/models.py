"""What families of OpenAI's models refuse. Of models by any other name nothing is assumed."""

import re

from proxyapp.protocols.canonical import Effort

_PLAIN = re.compile(r"(?:.*/)?(?:ft:)?(?:gpt-3\.5|gpt-4|chatgpt-4)", re.IGNORECASE)
_REASONING = re.compile(r"(?:.*/)?(?:ft:)?(?:o\d|gpt-5|codex-)(?!.*chat)", re.IGNORECASE)
_FIRST = re.compile(r"(?:.*/)?(?:ft:)?gpt-5(?!\.)", re.IGNORECASE)
_CODING = re.compile(r".*codex|(?:.*/)?o\d", re.IGNORECASE)


def reasons(model: str) -> bool:
    """Whether a model may be asked for reasoning at all: the older ones refuse to hear of it."""
    return not _PLAIN.match(model)


def may_be_sampled(model: str, effort: Effort | None) -> bool:
    """Whether `temperature` and `top_p` may be sent: those that reason refuse them, unless told not to."""
    return effort == "none" or not _REASONING.match(model)


def least(model: str, effort: Effort) -> Effort:
    """The effort, raised to what this model takes: not every one can do without reasoning, and the first
    GPT-5 alone knows `minimal`.
    """
    if effort not in ("none", "minimal") or not _REASONING.match(model):
        return effort
    if _CODING.match(model):
        return "low"
    if _FIRST.match(model):
        return "minimal"
    return "low" if effort == "minimal" else effort
