"""Droid: each custom model names its protocol, and with it the base URL it is called at."""

from portal.catalogue.models import Protocol
from portal.guides.filling import Filling
from portal.guides.snippet import Snippet, document, for_this_window, shell

PROVIDERS = {
    Protocol.ANTHROPIC: "anthropic",
    Protocol.OPENAI_RESPONSES: "openai",
    Protocol.OPENAI_CHAT: "generic-chat-completion-api",
}
"""How Droid calls the protocols."""
NAMES = {
    Protocol.ANTHROPIC: "Tollgate Messages",
    Protocol.OPENAI_RESPONSES: "Tollgate Responses",
    Protocol.OPENAI_CHAT: "Tollgate Chat",
}


def snippets(filling: Filling) -> list[Snippet]:
    models = [_model(filling, protocol) for protocol in filling.offered(PROVIDERS)]
    return [
        shell("install", _INSTALL_WINDOWS if filling.windows else _INSTALL, filling),
        shell("install-npm", "npm install -g droid", filling),
        document("config", filling.home(".factory/config.json"), {"custom_models": models}),
        for_this_window("quiet", {"FACTORY_AIRGAP_ENABLED": "1"}, filling),
        shell("start", "droid", filling),
        shell("once", f'droid exec -m "{_address(models)}" "Say hello"', filling),
        shell("explain", f'droid exec -o stream-json -m "{_address(models)}" "Say hello"', filling),
    ]


def _address(models: list[dict[str, str]]) -> str:
    """How `-m` names the first custom model: its display name with dashes, and its place in the list."""
    name = models[0]["model_display_name"] if models else NAMES[Protocol.ANTHROPIC]
    return f"custom:{name.replace(' ', '-')}-0"


def _model(filling: Filling, protocol: Protocol) -> dict[str, str]:
    return {
        "model_display_name": NAMES[protocol],
        "model": filling.model(protocol),
        "base_url": filling.anthropic if protocol is Protocol.ANTHROPIC else filling.openai,
        "api_key": filling.key,
        "provider": PROVIDERS[protocol],
    }


_INSTALL = "curl -fsSL https://app.factory.ai/cli | sh"
_INSTALL_WINDOWS = "irm https://app.factory.ai/cli/windows | iex"
