"""What can be measured: an address, and the processes behind it."""

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

Groups = dict[str, list[int]]
"""Processes by what they are: `own` is what is compared, the others are told apart."""


def nothing() -> None:
    """What most targets do between two measurements."""


@dataclass(frozen=True)
class Target:
    """Something that answers calls. `settle` returns when no work of earlier calls is left anywhere behind
    it; `renew` replaces its processes by fresh ones."""

    name: str
    base_url: str
    groups: Callable[[], Groups]
    headers: tuple[str, ...] = ()
    settle: Callable[[], None] = nothing
    renew: Callable[[], None] = nothing


def answers(url: str) -> bool:
    """Whether `url` answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
