"""Something to paste, and the ways in which the shells of all systems set a variable."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.guides.filling import Filling


@dataclass(frozen=True, slots=True)
class Snippet:
    """`place` is the file that the text belongs into, empty for a command; `slug` is its name on the page."""

    slug: str
    language: str
    text: str
    place: str = ""


def shell(slug: str, text: str, filling: Filling) -> Snippet:
    """A command that reads the same everywhere."""
    return Snippet(slug, "powershell" if filling.windows else "sh", text)


def document(slug: str, place: str, value: Mapping[str, Any]) -> Snippet:
    """A JSON file."""
    return Snippet(slug, "json", json.dumps(value, indent=2, ensure_ascii=False), place)


def for_this_window(slug: str, variables: Mapping[str, str], filling: Filling) -> Snippet:
    """Sets variables until the shell is closed."""
    form = '$env:{} = "{}"' if filling.windows else 'export {}="{}"'
    return shell(slug, "\n".join(form.format(*pair) for pair in variables.items()), filling)


def for_every_window(slug: str, variables: Mapping[str, str], filling: Filling) -> Snippet:
    """Sets variables in all shells that are opened from now on."""
    if filling.windows:
        form = '[Environment]::SetEnvironmentVariable("{}", "{}", "User")'
    else:
        form = "echo 'export {}=\"{}\"' >> " + filling.profile
    return shell(slug, "\n".join(form.format(*pair) for pair in variables.items()), filling)


def for_command_prompt(slug: str, variables: Mapping[str, str]) -> Snippet:
    """The same for Windows' older shell."""
    return Snippet(slug, "bat", "\n".join(f"set {name}={value}" for name, value in variables.items()))
