"""How much thinking a chat request wants: OpenAI's word for it and those of compatible providers."""

from proxyapp.protocols.canonical import Effort, Reasoning
from proxyapp.protocols.openai_chat.translation.decoding import invalid
from proxyapp.protocols.openai_chat.translation.wire import Request, RouterReasoning

_EFFORTS: dict[str, Effort] = {
    "none": "none",
    "disable": "none",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "xhigh",
    "max": "max",
}


def read_reasoning(request: Request) -> Reasoning | None:
    """All that is said of it, together. Where anything switches it off, it is off."""
    router = request.reasoning or RouterReasoning()
    effort = _effort(request.reasoning_effort, "reasoning_effort") or _effort(
        router.effort, "reasoning.effort"
    )
    budget = _budget(request, router)
    switches = _switches(request, router)
    if effort == "none" or budget == 0 or False in switches:
        return Reasoning(effort="none")
    shown = _shown(request, router)
    adaptive = True in switches and effort is None and budget is None
    if effort is None and budget is None and shown is None and not adaptive:
        return None
    return Reasoning(effort=effort, budget=budget, adaptive=adaptive, shown=shown)


def _effort(word: str | None, path: str) -> Effort | None:
    if word is None:
        return None
    if word not in _EFFORTS:
        raise invalid(path, f"must be one of {', '.join(_EFFORTS)}")
    return _EFFORTS[word]


def _budget(request: Request, router: RouterReasoning) -> int | None:
    said = {
        "reasoning.max_tokens": router.max_tokens,
        "thinking.budget_tokens": request.thinking.budget_tokens if request.thinking else None,
        "thinking_budget": request.thinking_budget,
    }
    for path, budget in said.items():
        if budget is not None:
            if budget < 0:
                raise invalid(path, "must not be negative")
            return budget
    return None


def _switches(request: Request, router: RouterReasoning) -> list[bool]:
    """Whatever switches it on or off."""
    said = [router.enabled, request.enable_thinking]
    if request.thinking is not None:
        said.append(request.thinking.type != "disabled")
    return [switch for switch in said if switch is not None]


def _shown(request: Request, router: RouterReasoning) -> bool | None:
    """`reasoning_effort` alone has never shown anything; the other spellings do unless they say otherwise."""
    if request.include_reasoning is not None:
        return request.include_reasoning
    if router.exclude is not None:
        return not router.exclude
    others = (request.reasoning, request.thinking, request.enable_thinking, request.thinking_budget)
    return True if any(others) else None
