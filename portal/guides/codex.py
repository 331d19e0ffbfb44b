"""Codex speaks OpenAI Responses only: its base URL ends in `/openai/v1`, and it appends `/responses`."""

from portal.catalogue.models import Protocol
from portal.guides.filling import Filling
from portal.guides.snippet import Snippet, document, for_every_window, for_this_window, shell

VARIABLE = "TOLLGATE_API_KEY"


def snippets(filling: Filling) -> list[Snippet]:
    config, key = filling.home(".codex/config.toml"), {VARIABLE: filling.key}
    return [
        shell("install", "npm install -g @openai/codex", filling),
        Snippet("config", "toml", _config(filling, f'env_key = "{VARIABLE}"'), config),
        for_this_window("now", key, filling),
        for_every_window("always", key, filling),
        Snippet("config-auth", "toml", _config(filling, "requires_openai_auth = true"), config),
        document("auth", filling.home(".codex/auth.json"), {"OPENAI_API_KEY": filling.key}),
        shell("start", "codex", filling),
        shell("once", 'codex exec --skip-git-repo-check "Say hello"', filling),
        shell("check", _check(filling), filling),
    ]


def _config(filling: Filling, key: str) -> str:
    return _CONFIG.format(model=filling.model(Protocol.OPENAI_RESPONSES), url=filling.openai, key=key)


def _check(filling: Filling) -> str:
    curl, variable = ("curl.exe", f"$env:{VARIABLE}") if filling.windows else ("curl", f"${VARIABLE}")
    return f'{curl} -i "{filling.openai}/models" -H "Authorization: Bearer {variable}"'


_CONFIG = """\
model = "{model}"
model_provider = "tollgate"
model_reasoning_effort = "high"
sandbox_mode = "workspace-write"
check_for_update_on_startup = false

[model_providers.tollgate]
name = "Tollgate"
base_url = "{url}"
wire_api = "responses"
{key}

[analytics]
enabled = false"""
