"""Names and ids in the alphabet and length that OpenAI takes. What does not fit becomes a digest of itself,
so that the same one always becomes the same.
"""

import hashlib
import re

MOST = 64
_ALLOWED = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OTHER = re.compile(r"[^A-Za-z0-9_-]")
_DIGEST = 12


def fitting(name: str) -> str:
    """A tool's name: kept where it fits, else readable at its beginning."""
    if _ALLOWED.fullmatch(name):
        return name
    return f"{_OTHER.sub('_', name)[: MOST - _DIGEST - 1]}_{_digest(name)[:_DIGEST]}"


def fitting_id(id_: str) -> str:
    """The id of a tool call."""
    return id_ if _ALLOWED.fullmatch(id_) else f"call_{_digest(id_)[:32]}"


def fitting_user(user: str) -> str:
    """Who asks. Longer names are refused."""
    return user if len(user) <= MOST else _digest(user)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
