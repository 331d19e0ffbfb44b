"""OpenCode: one provider for each protocol; its base URLs end in the version."""

from typing import Any

from portal.catalogue.models import Protocol
from portal.guides.filling import Filling
from portal.guides.snippet import Snippet, document, for_every_window, for_this_window, shell

VARIABLE = "TOLLGATE_API_KEY"
PROVIDERS = {
    Protocol.ANTHROPIC: ("tollgate-anthropic", "@ai-sdk/anthropic"),
    Protocol.OPENAI_RESPONSES: ("tollgate-openai", "@ai-sdk/openai"),
    Protocol.GEMINI: ("tollgate-gemini", "@ai-sdk/google"),
}


def snippets(filling: Filling) -> list[Snippet]:
    offered = filling.offered(PROVIDERS)
    first = offered[0] if offered else Protocol.ANTHROPIC
    name = f"{PROVIDERS[first][0]}/{filling.model(first)}"
    settings = {
        "$schema": "https://opencode.ai/config.json",
        "model": name,
        "small_model": name,
        "provider": {PROVIDERS[protocol][0]: _provider(filling, protocol) for protocol in offered},
    }
    key = {VARIABLE: filling.key}
    return [
        shell("install", "npm install -g opencode-ai", filling),
        document("config", filling.home(".config/opencode/opencode.json"), settings),
        for_this_window("now", key, filling),
        for_every_window("always", key, filling),
        shell("start", "opencode", filling),
        shell("once", 'opencode run "Say hello"', filling),
    ]


def _provider(filling: Filling, protocol: Protocol) -> dict[str, Any]:
    addresses = {
        Protocol.ANTHROPIC: f"{filling.anthropic}/v1",
        Protocol.OPENAI_RESPONSES: filling.openai,
        Protocol.GEMINI: f"{filling.address}/v1beta",
    }
    return {
        "npm": PROVIDERS[protocol][1],
        "name": f"Tollgate ({protocol.label})",
        "options": {"baseURL": addresses[protocol], "apiKey": f"{{env:{VARIABLE}}}"},
        "models": {filling.model(protocol): {}},
    }
