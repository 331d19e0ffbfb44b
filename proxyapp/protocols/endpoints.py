"""Which address means what: the one table of wire paths."""

from typing import Literal

import msgspec

from proxyapp.protocols.anthropic import CODEC as ANTHROPIC
from proxyapp.protocols.base import Codec
from proxyapp.protocols.gemini import CODEC as GEMINI
from proxyapp.protocols.gemini.request import VERBS
from proxyapp.protocols.openai_chat import CODEC as OPENAI_CHAT
from proxyapp.protocols.openai_responses import CODEC as OPENAI_RESPONSES

Kind = Literal["call", "models", "unknown", "wrong_method"]

WIRE_ROOTS = ("/v1", "/v1beta", "/openai", "/anthropic", "/gemini")
"""Everything at or below these belongs to the gateway."""

CODECS: dict[str, Codec] = {codec.name: codec for codec in (ANTHROPIC, OPENAI_CHAT, OPENAI_RESPONSES, GEMINI)}

CALLS: dict[str, Codec] = {
    "/v1/messages": ANTHROPIC,
    "/anthropic/v1/messages": ANTHROPIC,
    "/v1/chat/completions": OPENAI_CHAT,
    "/openai/v1/chat/completions": OPENAI_CHAT,
    "/openai/chat/completions": OPENAI_CHAT,
    "/v1/responses": OPENAI_RESPONSES,
    "/openai/v1/responses": OPENAI_RESPONSES,
    "/openai/responses": OPENAI_RESPONSES,
}
"""POST: the body names the model."""

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

MODEL_CALLS = ("/v1beta/models/", "/v1/models/", "/gemini/v1beta/models/", "/gemini/v1/models/")
"""POST: the path goes on with `{model}:{verb}`, as Gemini's does."""

SKINS: tuple[tuple[str, Codec], ...] = (("/anthropic", ANTHROPIC), ("/gemini", GEMINI), ("/v1beta", GEMINI))
"""Whose errors are spoken at unknown paths; OpenAI's at all others."""


class Endpoint(msgspec.Struct, frozen=True):
    """What a method and path ask for. `codec` also writes the errors."""

    kind: Kind
    codec: Codec
    model: str | None = None  # from the path; percent-decoded by the server
    verb: str | None = None  # what a Gemini path asks of the model
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
    if codec := MODELS.get(path):
        return _allow(method, ("GET", "HEAD"), Endpoint("models", codec))
    if endpoint := _model_call(path):
        return _allow(method, ("POST",), endpoint)
    if endpoint := _one_model(path):
        return _allow(method, ("GET", "HEAD"), endpoint)
    return Endpoint("unknown", _skin(path)) if is_wire(path) else None


def _model_call(path: str) -> Endpoint | None:
    """`{model}:{verb}`; the verb is behind the last colon: a model's name may hold slashes and colons."""
    root = next((root for root in MODEL_CALLS if path.startswith(root)), None)
    if root is None:
        return None
    model, colon, verb = path[len(root) :].rpartition(":")
    if not colon or verb not in VERBS or not model:
        return None
    return Endpoint("call", GEMINI, model=model, verb=verb)


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
