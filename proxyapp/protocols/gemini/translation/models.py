"""What the generations of Gemini take, told by the model's name. A name that says nothing is taken for the
current generation."""

import re

NAMES = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")
"""What a function may be called."""

_GENERATION = re.compile(r"gemini-(\d+)(?:\.(\d+))?")


def generation(model: str) -> tuple[int, int]:
    """2.5 as (2, 5). Names without a number (`gemini-flash-latest`) are as new as can be."""
    found = _GENERATION.search(model)
    return (int(found[1]), int(found[2] or 0)) if found else (99, 0)


def is_before_3(model: str) -> bool:
    """Those before Gemini 3 take no media inside of tool results, and no answer format beside tools."""
    return generation(model) < (3, 0)


def thinks(model: str) -> bool:
    """Those before 2.5 do not think, and refuse to be told how."""
    return generation(model) >= (2, 5)


def least_budget(model: str) -> int:
    """The least tokens a 2.5 model can be told to think with, other than none."""
    return 512 if "lite" in model else 128 if "-pro" in model else 1


def most_budget(model: str) -> int:
    """The most tokens a 2.5 model can be told to think with."""
    return 32_768 if "-pro" in model else 24_576


def thinks_always(model: str) -> bool:
    """The pro models cannot be told not to think."""
    return "-pro" in model
