"""Clients that take a status for something else than it says, and what keeps them calm instead.

Measured with Claude Code 2.1, Codex 0.169 and Droid 0.225: Codex repeats every 4xx but 400 and 429 six times,
and a 500, 502 or 504 thirty times, but a 503 five times; Claude Code takes a 400 for a dislike of its beta
fields, and sends the request again without one after the other; Droid gives up at a 403 alone.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from proxyapp.errors import Problem
from proxyapp.http import Header

Client = Literal["claude_code", "codex", "droid", ""]

_AGENTS: tuple[tuple[bytes, Client], ...] = (
    (b"claude-cli/", "claude_code"),
    (b"codex", "codex"),
    (b"factory-cli/", "droid"),
)
_STATUSES: dict[Client, dict[int, int]] = {
    "codex": dict.fromkeys((403, 404, 413, 415, 422), 400) | dict.fromkeys((500, 502, 504), 503),
    "droid": {402: 403},
}
_BY_CODE: dict[Client, dict[str, int]] = {
    "claude_code": {"wrong_endpoint": 404, "unbounded_input": 403, "not_translatable": 403},
}


def recognised(headers: Sequence[Header]) -> Client:
    """Which of these clients is calling, by its `user-agent` or `originator`; empty for all others."""
    for name, value in headers:
        if name in (b"user-agent", b"originator"):
            for start, client in _AGENTS:
                if value.startswith(start):
                    return client
    return ""


def calmed(problem: Problem, headers: Sequence[Header]) -> Problem:
    """The problem under the status that this client takes as it is meant."""
    client = recognised(headers)
    if not client:
        return problem
    status = _BY_CODE.get(client, {}).get(problem.code) or _STATUSES.get(client, {}).get(problem.status)
    return msgspec.structs.replace(problem, status=status) if status else problem
