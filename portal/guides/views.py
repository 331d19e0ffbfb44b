"""The guides, for everybody: the address filled in, the model chosen, the key left to its owner."""

from collections.abc import Mapping, Sequence
from typing import cast, get_args

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.catalogue import examples, pricelist
from portal.catalogue.models import Protocol
from portal.guides import clients, codes
from portal.guides.clients import Client
from portal.guides.filling import PLACEHOLDER, Filling, System
from proxyapp.media import contract

SYSTEMS = {"macos": "macOS", "linux": "Linux", "windows": "Windows", "wsl": "WSL"}
_PATHS = (
    (Protocol.ANTHROPIC.label, "/anthropic", "/v1/messages"),
    (Protocol.OPENAI_RESPONSES.label, "/openai/v1", "/responses"),
    (Protocol.OPENAI_CHAT.label, "/openai/v1", "/chat/completions"),
    (Protocol.GEMINI.label, "", "/v1beta/models/…"),
    (_("Images, film and sound"), "/v3", "/async/…"),
)
_SIGNS: tuple[tuple[str, System], ...] = (("Windows", "windows"), ("Mac", "macos"))
"""What a browser says of itself on each system; Linux where none fits."""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    context = {
        "layout": _layout(request),
        "clients": clients.CLIENTS,
        "addresses": _addresses(examples.address(request)),
    }
    return render(request, "guides/index.html", context)


@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    client = clients.find(slug)
    if client is None:
        raise Http404
    spoken = pricelist.names_by_protocol()
    filling = fill(request, spoken, wanted=request.GET.get("model", ""))
    context = {
        "layout": _layout(request),
        "clients": clients.CLIENTS,
        "client": client,
        "systems": SYSTEMS,
        "filling": filling,
        "parts": {part.slug.replace("-", "_"): part for part in client.snippets(filling)},
        "prose": f"guides/clients/{client.slug}.html",
        "models": _models(client, spoken),
        "chosen": _chosen(client, filling),
        "usual": codes.USUAL,
    }
    return render(request, "guides/guide.html", context)


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """The page that every error answer leads to, by `docs_url`: an anchor for each code."""
    context = {"layout": _layout(request), "groups": codes.GROUPS, "reasons": _reasons()}
    return render(request, "guides/codes.html", context)


def fill(
    request: HttpRequest,
    spoken: Mapping[Protocol, Sequence[str]],
    *,
    wanted: str = "",
    key: str = PLACEHOLDER,
) -> Filling:
    """What snippets for this visitor are made from; `wanted` is the model, where it can be called."""
    its_own = frozenset(protocol for protocol, names in spoken.items() if wanted in names)
    models = clients.choose(spoken, wanted)
    return Filling(examples.address(request), models, _system(request), key, its_own)


def _addresses(address: str) -> list[dict[str, str | Promise]]:
    """Base URL by protocol, and what clients append to it."""
    return [{"protocol": name, "base": address + root, "path": path} for name, root, path in _PATHS]


def _reasons() -> dict[str, list[str]]:
    """What is said at /v3 in the place of our codes."""
    said: dict[str, list[str]] = {}
    for code, reason in contract.REASONS.items():
        said.setdefault(reason, []).append(code)
    return said


def _system(request: HttpRequest) -> System:
    wanted = request.GET.get("system", "")
    if wanted in get_args(System):
        return cast(System, wanted)
    browser = request.headers.get("User-Agent", "")
    return next((system for sign, system in _SIGNS if sign in browser), "linux")


def _models(client: Client, spoken: Mapping[Protocol, Sequence[str]]) -> dict[str, list[str]]:
    """Those that speak a protocol of the client, and those that are translated for it."""
    own = {name for protocol in client.protocols for name in spoken[protocol]}
    others = {name for names in spoken.values() for name in names} - own
    return {"own": sorted(own), "translated": sorted(others)}


def _chosen(client: Client, filling: Filling) -> str:
    return next((filling.model(protocol) for protocol in filling.offered(client.protocols)), "")


def _layout(request: HttpRequest) -> str:
    return "layouts/console.html" if getattr(request, "member", None) else "layouts/public.html"
