"""What OpenAI's models accept, by the beginning of their names. Any other name is a compatible provider's.

OpenAI refuses a parameter that a model does not know; most compatible providers pass over it.
"""

import re

from proxyapp.protocols.canonical import Effort

_name = re.compile(r"(?:.*/)?(?P<family>gpt-\d+(?:\.\d+)?|o\d|chatgpt)(?P<rest>.*)", re.IGNORECASE)
NAMES = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a tool may be called."""

_DIGITS = re.compile(r"\d+(?:\.\d+)?")


class Habits:
    """What the model of this name can be told."""

    def __init__(self, model: str) -> None:
        found = _name.fullmatch(model)
        self.family = found["family"].lower() if found else ""
        digits = _DIGITS.search(self.family)
        self.generation = float(digits[0]) if digits and self.family.startswith("gpt") else 0.0
        chats = found is not None and "-chat" in found["rest"]
        self.is_o = self.family.startswith("o")
        self.thinks = self.is_o or (self.generation >= 5 and not chats)
        """One of OpenAI's reasoning models."""
        self.never_thinks = bool(self.family) and not self.thinks
        """One of OpenAI's that refuses `reasoning_effort`."""
        self.knows_none = self.generation > 5
        """Whether `reasoning_effort` may be `none`."""
        self.knows_newest = self.generation >= 5
        """Custom tools, `allowed_tools` and `verbosity`."""
        self.searches = "search" in model.lower()
        """Whether `web_search_options` may be given."""
        self.caches_by_mark = "claude" in model.lower()
        """Claude behind a compatible provider keeps in its cache what `cache_control` says, and only that."""
        self.takes_lists = bool(self.family) or self.caches_by_mark
        """Whether several texts may be a list. DeepSeek, for one, refuses it, above all of a tool's."""

    def nearest(self, effort: Effort) -> Effort:
        """The effort that the model knows: the first reasoning models had few."""
        if self.is_o and effort == "minimal":
            return "low"
        if (self.is_o or self.generation == 5) and effort in ("xhigh", "max"):
            return "high"
        return effort
