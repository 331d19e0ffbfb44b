"""How much to think, within what the provider allows.

It refuses a budget below 1,024 tokens or not below `max_tokens`, a forced choice of tools while it thinks,
and thinking in the middle of a loop of tools whose last turn does not begin with what it had thought. The
rest of the question matters more there: thinking is switched off, which is announced as the loss `thinking`.
"""

from typing import Any

from proxyapp.protocols.anthropic.request import ROOM_TO_ANSWER
from proxyapp.protocols.canonical import Effort, Question, Reasoning
from proxyapp.protocols.carrying import budget_of

LEAST_BUDGET = 1024

_EFFORTS: dict[Effort, str] = {"minimal": "low"}
"""The efforts that Anthropic calls otherwise."""


def write_reasoning(
    question: Question, body: dict[str, Any], config: dict[str, Any], losses: list[str]
) -> bool:
    """Write `thinking` into the body, and an effort into its `output_config`; whether it will think."""
    wanted = question.reasoning
    if wanted is None or not (wanted.adaptive or wanted.effort or wanted.budget is not None):
        if wanted and wanted.shown:
            losses.append("thinking.display")
        return False
    if wanted.effort == "none" or wanted.budget == 0:
        body["thinking"] = {"type": "disabled"}
        return False
    thinking = {"type": "adaptive"} if wanted.adaptive else _enabled(wanted, body["max_tokens"], losses)
    if thinking is None or _is_barred(body, thinking):
        losses.append("thinking")
        return False
    if wanted.shown is not None:
        thinking["display"] = "summarized" if wanted.shown else "omitted"
    if wanted.adaptive and wanted.effort:
        config["effort"] = _EFFORTS.get(wanted.effort, wanted.effort)
    body["thinking"] = thinking
    return True


def _enabled(wanted: Reasoning, ceiling: int, losses: list[str]) -> dict[str, Any] | None:
    asked = wanted.budget if wanted.budget is not None else budget_of(wanted.effort or "none")
    budget = max(asked, LEAST_BUDGET)
    if budget >= ceiling:
        budget = ceiling - ROOM_TO_ANSWER
    if budget < LEAST_BUDGET:
        return None
    if budget != asked:
        losses.append("thinking.budget_tokens")
    if wanted.effort and wanted.budget is not None:
        losses.append("output_config.effort")  # the budget says it better
    return {"type": "enabled", "budget_tokens": budget}


def _is_barred(body: dict[str, Any], thinking: dict[str, Any]) -> bool:
    choice = body.get("tool_choice") or {}
    if choice.get("type") in ("any", "tool"):
        return True
    messages = body["messages"]
    if messages[-1]["role"] == "assistant":
        return True  # the provider would have to go on in the middle of what it says
    return thinking["type"] == "enabled" and _is_open_loop(messages)


def _is_open_loop(messages: list[dict[str, Any]]) -> bool:
    """Whether the last turn answers calls that were made without showing what had been thought."""
    if messages[-1]["content"][0]["type"] != "tool_result":
        return False
    return messages[-2]["content"][0]["type"] not in ("thinking", "redacted_thinking")
