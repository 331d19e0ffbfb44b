"""Gemini CLI: the base URL is the bare address, and it appends `/v1beta/models/…`."""

from portal.catalogue.models import Protocol
from portal.guides.filling import Filling
from portal.guides.snippet import Snippet, document, for_command_prompt, for_this_window, shell


def snippets(filling: Filling) -> list[Snippet]:
    variables = _variables(filling)
    lines = "\n".join(f"{name}={value}" for name, value in variables.items())
    return [
        shell("install", "npm install -g @google/gemini-cli", filling),
        shell("folder", _FOLDER_WINDOWS if filling.windows else "mkdir -p ~/.gemini", filling),
        Snippet("env", "dotenv", lines, filling.home(".gemini/.env")),
        document("settings", filling.home(".gemini/settings.json"), _SETTINGS),
        for_this_window("now", variables, filling),
        for_command_prompt("cmd", variables),
        shell("start", "gemini", filling),
        shell("once", 'gemini --skip-trust -p "Say hello"', filling),
        shell("check", _check(filling), filling),
    ]


def _variables(filling: Filling) -> dict[str, str]:
    return {
        "GOOGLE_GEMINI_BASE_URL": filling.address,
        "GEMINI_API_KEY": filling.key,
        "GEMINI_MODEL": filling.model(Protocol.GEMINI),
    }


def _check(filling: Filling) -> str:
    return f'{"curl.exe" if filling.windows else "curl"} -i "{filling.address}/v1beta/models"'


_FOLDER_WINDOWS = 'mkdir "$env:USERPROFILE\\.gemini"'
_SETTINGS = {
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "privacy": {"usageStatisticsEnabled": False},
    "general": {"enableAutoUpdate": False},
}
