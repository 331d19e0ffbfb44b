"""Reading and rewriting a Gemini request. Its JSON knows every member by two names (`maxOutputTokens` and
`max_output_tokens`); both at once are a member given twice.
"""

from typing import Any
from urllib.parse import parse_qsl, quote

from msgspec import Raw

from proxyapp.errors import UnknownPath
from proxyapp.protocols.address import versioned
from proxyapp.protocols.base import Call
from proxyapp.protocols.body import Members, read_body, rewrite, rewrite_inner
from proxyapp.protocols.gemini.references import count_references
from proxyapp.protocols.model_name import check_model

VERBS = {"generateContent": False, "streamGenerateContent": True}
"""What can be asked of a model here, and whether the answer is a stream."""

LEAST_OUTPUT = 16
ROOM_TO_ANSWER = 1024
"""Tokens left for the answer after a thinking budget is spent."""

MOST_ANSWERS = 128
_CONFIG = ("generationConfig", "generation_config")
_CEILING = ("maxOutputTokens", "max_output_tokens")
_THINKING = ("thinkingConfig", "thinking_config")
_BUDGET = ("thinkingBudget", "thinking_budget")
_ANSWERS = ("candidateCount", "candidate_count")
_CACHED = ("cachedContent", "cached_content")


def read_call(body: bytes, model: str | None, verb: str | None, query: str) -> Call:
    """What the gateway needs of a Gemini request; the model and what to do are in the path."""
    if verb not in VERBS:
        raise UnknownPath(f"Models cannot be asked to '{verb}' here.", hint=f"Offered: {', '.join(VERBS)}.")
    name = name_in_path(model)
    fields = read_body(body)
    check_repeated(fields, name)
    config = fields.inner(spelling(fields, _CONFIG)) or Members({})
    links, unbounded, sealed = count_references(body)
    return Call(
        protocol="gemini",
        model=name,
        body=body,
        stream=VERBS[verb],
        sse=_asks_for_sse(query),
        max_output=config.whole(spelling(config, _CEILING)),
        answers=config.whole(spelling(config, _ANSWERS), most=MOST_ANSWERS) or 1,
        least_output=_least_output(config),
        remote_media=links,
        sealed=sealed,
        unbounded=_CACHED[0] if fields.has(spelling(fields, _CACHED)) else unbounded,
    )


def write_call(call: Call, upstream_model: str, max_output: int | None) -> bytes:
    """The body to forward. The model is in the path, and in the body only where the client repeated it."""
    lowered = max_output is not None and (call.max_output is None or max_output < call.max_output)
    if not lowered and upstream_model == call.model:
        return call.body
    fields = read_body(call.body)
    edits: dict[str, Any] = {}
    if upstream_model != call.model and fields.has("model"):
        edits["model"] = full_name(upstream_model)
    if lowered and max_output is not None:
        edits.update(_lower(fields, max_output))
    return rewrite(call.body, edits) if edits else call.body


def target(base_url: str, call: Call, upstream_model: str) -> str:
    """The URL. Of the client's query only `alt=sse` is passed on, for streams; never its key."""
    verb = "streamGenerateContent" if call.stream else "generateContent"
    query = "?alt=sse" if call.stream and call.sse else ""
    return address(base_url, upstream_model, verb) + query


def address(base_url: str, upstream_model: str, verb: str) -> str:
    """Where this is asked of a model."""
    model = quote(upstream_model.removeprefix("models/"), safe="")
    return f"{versioned(base_url, 'v1beta')}/models/{model}:{verb}"


def name_in_path(model: str | None) -> str:
    """The model's name, without the `models/` that some put before it."""
    return check_model((model or "").removeprefix("models/"))


def full_name(model: str) -> str:
    """The name as it stands in bodies."""
    return f"models/{model.removeprefix('models/')}"


def check_repeated(fields: Members, name: str) -> None:
    """Where a body repeats the model, it must be that of the path."""
    if (fields.text("model") or name).removeprefix("models/") != name:
        raise fields.complaint("model", "differs from the model in the path")


def spelling(fields: Members, names: tuple[str, str]) -> str:
    """The name under which a member is given; its first name where it is not."""
    used = [name for name in names if name in fields.found]
    if len(used) > 1:
        raise fields.complaint(used[1], f"is the same as '{used[0]}'; send one of them")
    return used[0] if used else names[0]


def _least_output(config: Members) -> int:
    """What is thought counts against the ceiling: one below the budget would leave nothing to answer with."""
    thinking = config.inner(spelling(config, _THINKING)) or Members({})
    budget = bytes(thinking.found.get(spelling(thinking, _BUDGET), Raw()))
    if not budget.isdigit() or len(budget) > 10 or int(budget) == 0:
        return LEAST_OUTPUT  # none, or -1, which leaves it to the model
    return int(budget) + ROOM_TO_ANSWER


def _asks_for_sse(query: str) -> bool:
    return bool(query) and any(
        name in ("alt", "$alt") and value == "sse" for name, value in parse_qsl(query, keep_blank_values=True)
    )


def _lower(fields: Members, ceiling: int) -> dict[str, Raw]:
    name = spelling(fields, _CONFIG)
    config = fields.inner(name) or Members({})
    return {name: rewrite_inner(fields, name, {spelling(config, _CEILING): ceiling})}
