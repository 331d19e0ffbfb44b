"""What families of OpenAI's models refuse. Of models by any other name nothing is assumed."""

import re

from proxyapp.protocols.canonical import Question

_PLAIN = re.compile(r"(?:.*/)?(?:ft:)?(?:gpt-3\.5|gpt-4|chatgpt-4)", re.IGNORECASE)
_REASONING = re.compile(r"(?:.*/)?(?:ft:)?(?:o\d|gpt-5|codex-)(?!.*chat)", re.IGNORECASE)


def reasons(model: str) -> bool:
    """Whether a model may be asked for reasoning at all: the older ones refuse to hear of it."""
    return not _PLAIN.match(model)


def may_be_sampled(model: str, question: Question) -> bool:
    """Whether `temperature` and `top_p` may be sent: those that reason refuse them, unless told not to."""
    if not _REASONING.match(model):
        return True
    return question.reasoning is not None and question.reasoning.effort == "none"
