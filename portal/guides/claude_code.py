"""Claude Code speaks Anthropic Messages: its base URL ends in `/anthropic`, and it appends `/v1/messages`."""

from portal.catalogue.models import Protocol
from portal.guides.filling import Filling
from portal.guides.snippet import (
    Snippet,
    document,
    for_command_prompt,
    for_every_window,
    for_this_window,
    shell,
)


def snippets(filling: Filling) -> list[Snippet]:
    variables = _variables(filling)
    return [
        shell("install", _INSTALL_WINDOWS if filling.windows else _INSTALL, filling),
        Snippet("install-cmd", "bat", _INSTALL_COMMAND_PROMPT),
        shell("install-npm", "npm install -g @anthropic-ai/claude-code", filling),
        document("settings", filling.home(".claude/settings.json"), _settings(variables)),
        for_this_window("now", variables, filling),
        for_every_window("always", variables, filling),
        for_command_prompt("cmd", variables),
        shell("check", _check(filling), filling),
        document("vscode", filling.home(".claude/config.json"), {"primaryApiKey": "any-value"}),
        shell("start", "claude", filling),
        shell("once", 'claude -p "Say hello"', filling),
    ]


def _variables(filling: Filling) -> dict[str, str]:
    model = filling.model(Protocol.ANTHROPIC)
    return {
        "ANTHROPIC_BASE_URL": filling.anthropic,
        "ANTHROPIC_AUTH_TOKEN": filling.key,
        "ANTHROPIC_MODEL": model,
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": model,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }


def _settings(variables: dict[str, str]) -> dict[str, object]:
    return {"env": variables, "permissions": {"allow": [], "deny": []}}


def _check(filling: Filling) -> str:
    if filling.windows:
        return f'echo $env:ANTHROPIC_BASE_URL\ncurl.exe -i "{filling.anthropic}/v1/models"'
    return f'echo $ANTHROPIC_BASE_URL\ncurl -i "{filling.anthropic}/v1/models"'


_INSTALL = "curl -fsSL https://claude.ai/install.sh | bash"
_INSTALL_WINDOWS = "irm https://claude.ai/install.ps1 | iex"
_INSTALL_COMMAND_PROMPT = (
    "curl -fsSL https://claude.ai/install.cmd -o install.cmd && install.cmd && del install.cmd"
)
