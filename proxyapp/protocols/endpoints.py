"""Which address means what: the one table of wire paths."""

import difflib
import re
from collections.abc import Container
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
from proxyapp.protocols.paths import MODELS as MODELS_ENDPOINT
from proxyapp.protocols.paths import Meant, fold

Kind = Literal["call", "count", "stored", "models", "base", "probe", "options", "unknown", "wrong_method"]
"""`count` and `stored` are errands: asked of a provider, never billed."""

WIRE_ROOTS = ("/v1", "/v1beta", "/openai", "/anthropic", "/gemini")
"""Everything at or below these belongs to the gateway."""

CODECS: dict[str, Codec] = {codec.name: codec for codec in (ANTHROPIC, OPENAI_CHAT, OPENAI_RESPONSES, GEMINI)}

CALLS: dict[str, Codec] = {
    "/messages": ANTHROPIC,
    "/chat/completions": OPENAI_CHAT,
    "/responses": OPENAI_RESPONSES,
    "/responses/compact": RESPONSES_COMPACT,
    "/completions": COMPLETIONS,
    **{f"/{path}": codec for path, codec in TASKS.items()},
}
"""POST: the body names the model. An endpoint in this table is found below every base, and bare."""

SOCKET = "/responses"
"""GET with `Upgrade: websocket`."""

COUNTS: dict[str, Codec] = {
    "/messages/count_tokens": ANTHROPIC_COUNTING,
    "/responses/input_tokens": RESPONSES_COUNTING,
}
"""POST: how many tokens a request has."""

_OPENAI = ("/v1", "/openai/v1", "/openai")
BASES: dict[str, tuple[str, ...]] = {
    "anthropic": ("/v1", "/anthropic/v1"),
    "openai_chat": _OPENAI,
    "openai_responses": _OPENAI,
    "openai": _OPENAI,
}
"""By protocol: where its calls are at home. The first is the canonical one; elsewhere they are found, too."""

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
"""POST: the path goes on with `{model}:{verb}`, as Gemini's does. The first is the canonical one."""

MODEL_VERBS: dict[str, tuple[Kind, Codec]] = {
    **dict.fromkeys(VERBS, ("call", GEMINI)),
    COUNT: ("count", GEMINI_COUNTING),
    **dict.fromkeys(EMBEDDING_VERBS, ("call", GEMINI_EMBEDDINGS)),
}
"""What can be asked of a model in that way."""

RESPONSES = tuple(f"{base}/responses/" for base in _OPENAI)
"""The path goes on with the id of a stored response, and what is asked of it."""

PROBES = ("/api/hello",)
"""GET, HEAD: asked without a key by clients that want to know whether anybody is there."""

SKINS: tuple[tuple[str, Codec], ...] = (("/anthropic", ANTHROPIC), ("/gemini", GEMINI), ("/v1beta", GEMINI))
"""Whose errors are spoken at unknown paths."""

TELLING_HEADERS: tuple[tuple[bytes, Codec], ...] = (
    (b"anthropic-version", ANTHROPIC),
    (b"x-goog-api-key", GEMINI),
    (b"x-goog-api-client", GEMINI),
)
"""What a client says about itself, where a path does not."""

_WIRE = re.compile(rf"/+(?:{'|'.join(root[1:] for root in WIRE_ROOTS)})(?:/|$)", re.IGNORECASE)
_READ = ("GET", "HEAD")
_ASKS = (*_READ, "OPTIONS")
_LISTS = {
    "": "/v1/models",
    "openai": "/openai/v1/models",
    "anthropic": "/anthropic/v1/models",
    "gemini": "/v1beta/models",
}
_POSTED: dict[str, tuple[Kind, Codec]] = {
    **{endpoint: ("call", codec) for endpoint, codec in CALLS.items()},
    **{endpoint: ("count", codec) for endpoint, codec in COUNTS.items()},
}
_KNOWN = frozenset((*_POSTED, MODELS_ENDPOINT))
_VERBS = {verb.lower(): verb for verb in MODEL_VERBS}
_LONGEST_COMPARED = 200


class Endpoint(msgspec.Struct, frozen=True):
    """What a method and path ask for. `codec` also writes the errors."""

    kind: Kind
    codec: Codec
    model: str | None = None  # from the path, percent-decoded by the server; the id of a stored response
    verb: str | None = None  # what a Gemini path asks of the model; method and rest of the path of `stored`
    allowed: tuple[str, ...] = ()  # the methods that are right here
    canonical: str = ""  # the path that was meant, where another was written


NOWHERE = Endpoint("unknown", OPENAI_CHAT)
"""A path that is not the gateway's at all."""

_EXACT = {
    **{
        base + suffix: Endpoint(kind, codec, allowed=("POST",))
        for suffix, (kind, codec) in _POSTED.items()
        for base in BASES[codec.name]
    },
    **{path: Endpoint("models", codec, allowed=_READ) for path, codec in MODELS.items()},
    **{path: Endpoint("probe", ANTHROPIC, allowed=_READ) for path in PROBES},
}


CANONICAL = (
    *(BASES[codec.name][0] + suffix for suffix, codec in CALLS.items()),
    *(f"{MODEL_CALLS[0]}{{model}}:{verb}" for verb in MODEL_VERBS),
    _LISTS[""],
)
"""The addresses that are shown to people."""


def is_wire(path: str) -> bool:
    """Whether the path belongs to the gateway by its root, known or not."""
    return _WIRE.match(path) is not None


def match(method: str, path: str) -> Endpoint | None:
    """What is asked for; None where the path is not the gateway's at all."""
    endpoint = (
        _EXACT.get(path)
        or _model_call(path)
        or _one_model(method, path)
        or _stored_response(method, path)
        or _forgiven(method, path)
    )
    if endpoint is None:
        return Endpoint("unknown", _skin(path) or OPENAI_CHAT) if is_wire(path) else None
    if method in endpoint.allowed:
        return endpoint
    return msgspec.structs.replace(endpoint, kind="options" if method == "OPTIONS" else "wrong_method")


def by_socket(path: str) -> Endpoint | None:
    """The endpoint at this path that is also spoken over a WebSocket, if there is one: Responses."""
    endpoint = match("GET", path)
    if endpoint is None or endpoint.codec is not OPENAI_RESPONSES:
        return None
    return endpoint if (endpoint.canonical or path).endswith(SOCKET) else None


def spoken(path: str, headers: Container[bytes]) -> Codec:
    """The protocol that a caller expects: by path where that says it, else by the names of its headers."""
    if codec := _skin(path):
        return codec
    told = next((codec for name, codec in TELLING_HEADERS if name in headers), None)
    return told or _POSTED.get(_closest(path), ("call", OPENAI_CHAT))[1]


def closest(path: str) -> str:
    """The canonical path of the endpoint that an unknown path resembles, or empty."""
    model, colon, verb = _tail(path).partition(MODELS_ENDPOINT + "/")[2].rpartition(":")
    if colon and model:
        alike = difflib.get_close_matches(verb.lower(), _VERBS, n=1, cutoff=0.8)
        return f"{MODEL_CALLS[0]}{model}:{_VERBS[alike[0]]}" if alike else ""
    endpoint = _closest(path)
    return _LISTS[""] if endpoint == MODELS_ENDPOINT else _canonical(endpoint)


def _closest(path: str) -> str:
    """The endpoint that the path resembles, or empty."""
    return next(iter(difflib.get_close_matches(_tail(path).lower(), _KNOWN, n=1)), "")


def _tail(path: str) -> str:
    """The path without the base at its beginning."""
    tail = path[:_LONGEST_COMPARED]
    while root := next((root for root in WIRE_ROOTS if _below(tail.lower(), root)), ""):
        tail = tail[len(root) :]
    return tail


def _canonical(endpoint: str) -> str:
    return BASES[_POSTED[endpoint][1].name][0] + endpoint if endpoint else ""


def _model_call(path: str) -> Endpoint | None:
    """`{model}:{verb}`; the verb is behind the last colon: a model's name may hold slashes and colons."""
    root = next((root for root in MODEL_CALLS if path.startswith(root)), None)
    if root is None:
        return None
    model, colon, verb = path[len(root) :].rpartition(":")
    if (
        not colon
        or verb not in MODEL_VERBS
        or not model
        or any(f":{other}/" in model for other in MODEL_VERBS)
    ):
        return None
    return _asked(model, verb)


def _asked(model: str, verb: str, canonical: str = "") -> Endpoint:
    kind, codec = MODEL_VERBS[verb]
    return Endpoint(kind, codec, model=model, verb=verb, allowed=("POST",), canonical=canonical)


def _stored_response(method: str, path: str) -> Endpoint | None:
    """`…/responses/{id}`, and what can be asked below it."""
    root = next((root for root in RESPONSES if path.startswith(root)), None)
    response_id, slash, rest = path[len(root or path) :].partition("/")
    allowed = ASKED.get(slash + rest)
    if not response_id or allowed is None:
        return None
    return Endpoint("stored", STORED, response_id, f"{method} {slash}{rest}", allowed)


def _one_model(method: str, path: str) -> Endpoint | None:
    """A name may hold colons; but what is posted there is meant for a verb."""
    for root, codec in MODELS.items():
        name = path[len(root) + 1 :] if path.startswith(root + "/") else ""
        if name.strip("/") == name and name and (method in _READ or ":" not in name):
            return Endpoint("models", codec, model=name, allowed=_READ)
    return None


def _forgiven(method: str, path: str) -> Endpoint | None:
    """The same for a path that was written in another way."""
    meant = fold(path, _KNOWN, MODEL_VERBS)
    if meant is None:
        return None
    if meant.endpoint == MODELS_ENDPOINT:
        return _forgiven_models(method, meant)
    if meant.endpoint:
        kind, codec = _POSTED[meant.endpoint]
        return Endpoint(kind, codec, allowed=("POST",), canonical=_canonical(meant.endpoint))
    return Endpoint("base", _skin(path) or OPENAI_CHAT, allowed=_READ) if method in _ASKS else None


def _forgiven_models(method: str, meant: Meant) -> Endpoint | None:
    model, _, verb = meant.rest.rpartition(":")
    if model and (verb := _VERBS.get(verb.lower(), "")):
        return _asked(model, verb, f"{MODEL_CALLS[0]}{model}:{verb}")
    if meant.bare or (":" in meant.rest and method not in _READ):
        return None  # a page of the portal, or a verb that is not offered
    path = _LISTS[meant.family]
    name = meant.rest or None
    canonical = f"{path}/{name}" if name else path
    return Endpoint("models", MODELS[path], model=name, allowed=_READ, canonical=canonical)


def _skin(path: str) -> Codec | None:
    if ":" in path.rpartition("/")[2] and any(map(path.startswith, MODEL_CALLS)):
        return GEMINI
    return next((codec for root, codec in SKINS if _below(path, root)), None)


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/")
