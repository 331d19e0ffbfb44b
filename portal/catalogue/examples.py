"""Ready commands for calling us, in every wire format."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

PLACEHOLDER = "sk_…"
"""Stands for a key where none may be shown."""


@dataclass(frozen=True, slots=True)
class Example:
    """Something to paste: texts, each with the file it belongs into, empty for the shell.

    `guide` is the slug of the page that tells more.
    """

    slug: str
    name: str
    pieces: tuple[tuple[str, str], ...]
    guide: str = ""


def address(request: HttpRequest) -> str:
    """Where clients call us: as configured, or else where this page was asked for."""
    return settings.BASE_URL if settings.BASE_URL_GIVEN else f"{request.scheme}://{request.get_host()}"


def calls(*, base_url: str, models: Sequence[str], key: str = PLACEHOLDER) -> list[Example]:
    """One command for each wire format; `models` are the names that may be used in them."""

    def example(slug: str, name: str, text: str, family: str) -> Example:
        model = one_of(models, family) or "MODEL"
        return Example(slug, name, ((text.format(url=base_url, model=model, key=key), ""),))

    return [
        example("anthropic", "Anthropic", _ANTHROPIC, "claude"),
        example("openai", "OpenAI", _OPENAI, "gpt"),
        example("gemini", "Gemini", _GEMINI, "gemini"),
    ]


def one_of(models: Sequence[str], family: str) -> str:
    """The first model of a family, or else the first of any; empty where there is none."""
    return next((name for name in models if family in name), next(iter(models), ""))


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
