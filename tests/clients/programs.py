"""The command-line clients: which files of their guide they need, and how they are run without a terminal."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.guides import Piece

Pieces = Mapping[str, Piece]
_VARIABLE = re.compile(r'^export (\w+)="(.*)"$', re.MULTILINE)
_SHOWN = "echo hello > out.txt; cat out.txt"
_HELLO = "hello\n"
_PATCH = "*** Begin Patch\n*** Add File: out.txt\n+hello\n*** End Patch\n"


@dataclass(frozen=True)
class Program:
    """One client. `ways` name the pieces of its guide that are enough to connect, one way each.

    `command` makes the command line from the guide and what is asked. `shows` are words that make the sandbox
    call the client's own shell, `writes` its own tool for files: both leave `hello` in `out.txt`.
    """

    guide: str
    protocols: tuple[str, ...]
    ways: Mapping[str, tuple[str, ...]]
    command: Callable[[Pieces, str], list[str]]
    shows: str
    writes: Callable[[Path], str]
    environment: Mapping[str, str] = field(default_factory=dict)
    listens: bool = False
    """It takes what is asked from its standard input."""

    def files(self, pieces: Pieces, way: str) -> dict[str, str]:
        """Path below the home directory, and content."""
        chosen = (pieces[slug] for slug in self.ways[way])
        return {piece.place.removeprefix("~/"): piece.text for piece in chosen if piece.place}

    def variables(self, pieces: Pieces, way: str) -> dict[str, str]:
        """What the pieces for the shell export."""
        chosen = (pieces[slug] for slug in self.ways[way])
        exported = (dict(_VARIABLE.findall(piece.text)) for piece in chosen if not piece.place)
        return {name: value for found in exported for name, value in found.items()}


def _ordered(tool: str, **arguments: str) -> str:
    return f"Please call {tool} {json.dumps(arguments)} and tell me what it said."


def _claude(pieces: Pieces, text: str) -> list[str]:
    return ["claude", "-p", text, "--dangerously-skip-permissions", "--output-format", "json"]


def _codex(pieces: Pieces, text: str) -> list[str]:
    return ["codex", "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", text]


def _gemini(pieces: Pieces, text: str) -> list[str]:
    return ["gemini", "--skip-trust", "--yolo", "--output-format", "json", "-p", text]


def _droid(pieces: Pieces, text: str) -> list[str]:
    """As the guide says for whoever wants to see the errors; the chosen model is the first."""
    *command, _ = shlex.split(pieces["explain"].text)
    return [*command, "--skip-permissions-unsafe", text]


def _opencode(pieces: Pieces, text: str) -> list[str]:
    return ["opencode", "run"]


PROGRAMS = {
    "claude": Program(
        "claude-code",
        ("anthropic",),
        {"file": ("settings",), "variables": ("now",)},
        _claude,
        _ordered("Bash", command=_SHOWN, description="Say hello"),
        lambda file: _ordered("Write", file_path=str(file), content=_HELLO),
        {"IS_SANDBOX": "1"},  # lets root skip the questions
    ),
    "codex": Program(
        "codex",
        ("openai_responses",),
        {"variable": ("config", "now"), "file": ("config-auth", "auth")},
        _codex,
        _ordered("exec_command", cmd=_SHOWN),
        lambda file: f"Please call apply_patch `{_PATCH}`",
    ),
    "gemini": Program(
        "gemini-cli",
        ("gemini",),
        {"files": ("env", "settings"), "variables": ("settings", "now")},
        _gemini,
        _ordered("run_shell_command", command=_SHOWN, description="Say hello"),
        lambda file: _ordered("write_file", file_path=str(file), content=_HELLO),
    ),
    "droid": Program(
        "droid",
        ("anthropic", "openai_responses", "openai_chat"),
        {"file": ("config", "quiet")},
        _droid,
        _ordered("Execute", command=_SHOWN, summary="Say it", riskLevel="low", riskLevelReason="Greets"),
        lambda file: _ordered("Create", file_path=str(file), content=_HELLO),
    ),
    "opencode": Program(
        "opencode",
        ("anthropic", "openai_responses", "gemini"),
        {"file": ("config", "now")},
        _opencode,
        _ordered("bash", command=_SHOWN, description="Say hello"),
        lambda file: _ordered("write", filePath=str(file), content=_HELLO),
        listens=True,  # on the command line it would write a backslash before each quote
    ),
}
