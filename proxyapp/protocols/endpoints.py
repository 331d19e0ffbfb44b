"""Which address means what: the one table of wire paths."""

from typing import Literal

import msgspec

from proxyapp.protocols.anthropic import CODEC as ANTHROPIC
from proxyapp.protocols.anthropic.counting import COUNTING as ANTHROPIC_COUNTING
from proxyapp.protocols.base import Codec
from proxyapp.protocols.gemini import CODEC as GEMINI
from proxyapp.protocols.gemini.counting import COUNTING as GEMINI_COUNTING
from proxyapp.protocols.gemini.counting import VERB as COUNT
from proxyapp.protocols.gemini.embeddings import EMBEDDINGS as GEMINI_EMBEDDINGS
from proxyapp.protocols.gemini.embeddings import VERBS as EMBEDDING_VERBS
from proxyapp.protocols.gemini.request import VERBS
from proxyapp.protocols.openai_chat import CODEC as OPENAI_CHAT
from proxyapp.protocols.openai_chat.completions import COMPLETIONS
from proxyapp.protocols.openai_responses import CODEC as OPENAI_RESPONSES
from proxyapp.protocols.openai_responses.compact import COMPACT as RESPONSES_COMPACT
from proxyapp.protocols.openai_responses.counting import COUNTING as RESPONSES_COUNTING
from proxyapp.protocols.openai_responses.stored import ASKED, STORED
from proxyapp.protocols.openai_tasks import TASKS

Kind = Literal["call", "count", "stored", "models", "unknown", "wrong_method"]
"""`count` and `stored` are errands: asked of a provider, never billed."""

WIRE_ROOTS = ("/v1", "/v1beta", "/openai", "/anthropic", "/gemini")
"""Everything at or below these belongs to the gateway."""

OPENAI_ROOTS = ("/v1", "/openai/v1", "/openai")
"""What stands before OpenAI's paths."""

CALLS: dict[str, Codec] = {
    "/v1/messages": ANTHROPIC,
    "/anthropic/v1/messages": ANTHROPIC,
    "/v1/chat/completions": OPENAI_CHAT,
    "/openai/v1/chat/completions": OPENAI_CHAT,
    "/openai/chat/completions": OPENAI_CHAT,
    "/v1/responses": OPENAI_RESPONSES,
    "/openai/v1/responses": OPENAI_RESPONSES,
    "/openai/responses": OPENAI_RESPONSES,
    **{f"{root}/responses/compact": RESPONSES_COMPACT for root in OPENAI_ROOTS},
    **{f"{root}/completions": COMPLETIONS for root in OPENAI_ROOTS},
    **{f"{root}/{path}": codec for path, codec in TASKS.items() for root in OPENAI_ROOTS},
}
"""POST: the body names the model."""

COUNTS: dict[str, Codec] = {
    "/v1/messages/count_tokens": ANTHROPIC_COUNTING,
    "/anthropic/v1/messages/count_tokens": ANTHROPIC_COUNTING,
    **{f"{root}/responses/input_tokens": RESPONSES_COUNTING for root in OPENAI_ROOTS},
}
"""POST: how many tokens a request has."""

MODELS: dict[str, Codec] = {
    "/v1/models": OPENAI_CHAT,
    "/openai/v1/models": OPENAI_CHAT,
    "/openai/models": OPENAI_CHAT,
    "/anthropic/v1/models": ANTHROPIC,
    "/v1beta/models": GEMINI,
    "/gemini/v1beta/models": GEMINI,
    "/gemini/v1/models": GEMINI,
}
"""GET: the list, and one model by name below it. `/v1/models` is asked in three dialects: see the headers."""

RESPONSES = tuple(f"{root}/responses/" for root in OPENAI_ROOTS)
"""The path goes on with the id of a stored response."""

MODEL_CALLS = ("/v1beta/models/", "/v1/models/", "/gemini/v1beta/models/", "/gemini/v1/models/")
"""POST: the path goes on with `{model}:{verb}`, as Gemini's does."""

MODEL_VERBS: dict[str, tuple[Kind, Codec]] = {
    **dict.fromkeys(VERBS, ("call", GEMINI)),
    COUNT: ("count", GEMINI_COUNTING),
    **dict.fromkeys(EMBEDDING_VERBS, ("call", GEMINI_EMBEDDINGS)),
}
"""What can be asked of a model in that way."""

SKINS: tuple[tuple[str, Codec], ...] = (("/anthropic", ANTHROPIC), ("/gemini", GEMINI), ("/v1beta", GEMINI))
"""Whose errors are spoken at unknown paths; OpenAI's at all others."""


class Endpoint(msgspec.Struct, frozen=True):
    """What a method and path ask for. `codec` also writes the errors."""

    kind: Kind
    codec: Codec
    model: str | None = None  # from the path, percent-decoded by the server; the id of a stored response
    verb: str | None = None  # what a Gemini path asks of the model; method and rest of the path of `stored`
    allowed: tuple[str, ...] = ()  # for `wrong_method`: what would have been right


NOWHERE = Endpoint("unknown", OPENAI_CHAT)
"""A path that is not the gateway's at all."""


def is_wire(path: str) -> bool:
    """Whether the path belongs to the gateway, known or not."""
    return path.startswith(WIRE_ROOTS) and any(_below(path, root) for root in WIRE_ROOTS)


def match(method: str, path: str) -> Endpoint | None:
    """What is asked for; None where the path is not the gateway's at all."""
    if codec := CALLS.get(path):
        return _allow(method, ("POST",), Endpoint("call", codec))
    if codec := COUNTS.get(path):
        return _allow(method, ("POST",), Endpoint("count", codec))
    if codec := MODELS.get(path):
        return _allow(method, ("GET", "HEAD"), Endpoint("models", codec))
    if endpoint := _model_call(path):
        return _allow(method, ("POST",), endpoint)
    if endpoint := _one_model(path):
        return _allow(method, ("GET", "HEAD"), endpoint)
    if endpoint := _stored_response(method, path):
        return endpoint
    return Endpoint("unknown", _skin(path)) if is_wire(path) else None


def _stored_response(method: str, path: str) -> Endpoint | None:
    """`…/responses/{id}`, and what can be asked below it."""
    root = next((root for root in RESPONSES if path.startswith(root)), None)
    response_id, slash, rest = path[len(root or path) :].partition("/")
    allowed = ASKED.get(slash + rest)
    if not response_id or allowed is None:
        return None
    return _allow(method, allowed, Endpoint("stored", STORED, response_id, f"{method} {slash}{rest}"))


def _model_call(path: str) -> Endpoint | None:
    """`{model}:{verb}`; the verb is behind the last colon: a model's name may hold slashes and colons."""
    root = next((root for root in MODEL_CALLS if path.startswith(root)), None)
    if root is None:
        return None
    model, colon, verb = path[len(root) :].rpartition(":")
    if not colon or verb not in MODEL_VERBS or not model:
        return None
    kind, codec = MODEL_VERBS[verb]
    return Endpoint(kind, codec, model=model, verb=verb)


def _one_model(path: str) -> Endpoint | None:
    for root, codec in MODELS.items():
        if path.startswith(root + "/") and len(path) > len(root) + 1 and ":" not in path:
            return Endpoint("models", codec, model=path[len(root) + 1 :])
    return None


def _allow(method: str, allowed: tuple[str, ...], endpoint: Endpoint) -> Endpoint:
    return endpoint if method in allowed else Endpoint("wrong_method", endpoint.codec, allowed=allowed)


def _skin(path: str) -> Codec:
    if ":" in path.rpartition("/")[2] and any(map(path.startswith, MODEL_CALLS)):
        return GEMINI
    return next((codec for root, codec in SKINS if _below(path, root)), OPENAI_CHAT)


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/")
