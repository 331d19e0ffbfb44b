"""Ready commands and settings for calling us, for every client that people bring."""

from collections.abc import Sequence
from dataclasses import dataclass

PLACEHOLDER = "sk_…"
"""Stands for a key where none may be shown."""


@dataclass(frozen=True, slots=True)
class Example:
    """Something to paste, and `place`: the file it belongs into, empty for the shell."""

    slug: str
    name: str
    text: str
    place: str = ""


def calls(*, base_url: str, models: Sequence[str], key: str = PLACEHOLDER) -> list[Example]:
    """One command for each wire format; `models` are the names that may be used in them."""

    def example(slug: str, name: str, text: str, family: str) -> Example:
        return Example(slug, name, text.format(url=base_url, model=_one_of(models, family), key=key))

    return [
        example("anthropic", "Anthropic", _ANTHROPIC, "claude"),
        example("openai", "OpenAI", _OPENAI, "gpt"),
        example("gemini", "Gemini", _GEMINI, "gemini"),
    ]


def clients(*, base_url: str, models: Sequence[str], key: str = PLACEHOLDER) -> list[Example]:
    """The settings of each command-line client."""

    def example(slug: str, name: str, text: str, family: str, place: str = "") -> Example:
        return Example(slug, name, text.format(url=base_url, model=_one_of(models, family), key=key), place)

    return [
        example("claude-code", "Claude Code", _CLAUDE_CODE, "claude"),
        example("codex", "Codex", _CODEX, "gpt", "~/.codex/config.toml"),
        example("gemini-cli", "Gemini CLI", _GEMINI_CLI, "gemini"),
        example("droid", "Droid", _DROID, "claude", "~/.factory/config.json"),
    ]


def _one_of(models: Sequence[str], family: str) -> str:
    """A model of the family that the client expects, or else any: every client may call every model."""
    return next((name for name in models if family in name), next(iter(models), "MODEL"))


_ANTHROPIC = """\
curl {url}/anthropic/v1/messages \\
  -H "x-api-key: {key}" \\
  -H "anthropic-version: 2023-06-01" \\
  -H "content-type: application/json" \\
  -d '{{"model": "{model}", "max_tokens": 256,
       "messages": [{{"role": "user", "content": "Hello"}}]}}'"""

_OPENAI = """\
curl {url}/openai/v1/chat/completions \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}", "max_tokens": 256,
       "messages": [{{"role": "user", "content": "Hello"}}]}}'"""

_GEMINI = """\
curl {url}/gemini/v1beta/models/{model}:generateContent \\
  -H "x-goog-api-key: {key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"contents": [{{"role": "user", "parts": [{{"text": "Hello"}}]}}],
       "generationConfig": {{"maxOutputTokens": 256}}}}'"""

_CLAUDE_CODE = """\
export ANTHROPIC_BASE_URL={url}/anthropic
export ANTHROPIC_AUTH_TOKEN={key}
export ANTHROPIC_MODEL={model}
claude"""

_CODEX = """\
model = "{model}"
model_provider = "tollgate"

[model_providers.tollgate]
name = "Tollgate"
base_url = "{url}/openai/v1"
wire_api = "responses"
experimental_bearer_token = "{key}\""""

_GEMINI_CLI = """\
export GOOGLE_GEMINI_BASE_URL={url}/gemini
export GEMINI_API_KEY={key}
export GEMINI_MODEL={model}
gemini"""

_DROID = """\
{{
  "custom_models": [
    {{
      "model_display_name": "{model}",
      "model": "{model}",
      "base_url": "{url}/anthropic",
      "api_key": "{key}",
      "provider": "anthropic"
    }}
  ]
}}"""
