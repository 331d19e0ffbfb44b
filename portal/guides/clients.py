"""The clients that have a guide, in the order in which they are shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.catalogue.examples import Example, one_of
from portal.catalogue.models import Protocol
from portal.guides import claude_code, codex, droid, gemini_cli, opencode, sdks
from portal.guides.filling import Filling
from portal.guides.snippet import Snippet

_FAMILIES = {
    Protocol.ANTHROPIC: "claude",
    Protocol.OPENAI_RESPONSES: "gpt",
    Protocol.OPENAI_CHAT: "gpt",
    Protocol.GEMINI: "gemini",
}
"""What is in the names of the models that clients of a protocol expect."""


@dataclass(frozen=True, slots=True)
class Client:
    """`protocols` it can speak, the usual one first; `shortest` are the snippets that are enough to begin."""

    slug: str
    name: str
    about: str | Promise
    protocols: tuple[Protocol, ...]
    snippets: Callable[[Filling], list[Snippet]]
    shortest: tuple[str, ...] = ()


CLIENTS = (
    Client(
        "claude-code",
        "Claude Code",
        _("Anthropic’s agent, in the terminal and in VS Code."),
        (Protocol.ANTHROPIC,),
        claude_code.snippets,
        ("settings",),
    ),
    Client(
        "codex",
        "Codex CLI",
        _("OpenAI’s agent, in the terminal and in VS Code."),
        (Protocol.OPENAI_RESPONSES,),
        codex.snippets,
        ("config", "now"),
    ),
    Client(
        "gemini-cli",
        "Gemini CLI",
        _("Google’s agent for the terminal."),
        (Protocol.GEMINI,),
        gemini_cli.snippets,
        ("env", "settings"),
    ),
    Client(
        "droid",
        "Droid",
        _("Factory’s agent, with models of every protocol side by side."),
        tuple(droid.PROVIDERS),
        droid.snippets,
        ("config",),
    ),
    Client(
        "opencode",
        "OpenCode",
        _("An open agent for the terminal that takes any provider."),
        tuple(opencode.PROVIDERS),
        opencode.snippets,
    ),
    Client(
        "sdks",
        "SDKs",
        _("The official libraries for Python, and curl."),
        (Protocol.OPENAI_RESPONSES, Protocol.OPENAI_CHAT, Protocol.ANTHROPIC, Protocol.GEMINI),
        sdks.snippets,
    ),
)


def find(slug: str) -> Client | None:
    return next((client for client in CLIENTS if client.slug == slug), None)


def choose(spoken: Mapping[Protocol, Sequence[str]], wanted: str = "") -> dict[Protocol, str]:
    """A model for each protocol: the wanted one, or one that speaks it, of the expected family.

    Empty where no model is on offer: any other can be called in every protocol.
    """
    everything = [name for names in spoken.values() for name in names]
    if wanted in everything:
        return dict.fromkeys(spoken, wanted)
    chosen = {name: one_of(spoken[name] or everything, _FAMILIES[name]) for name in spoken}
    return {protocol: model for protocol, model in chosen.items() if model}


def beginnings(filling: Filling) -> list[Example]:
    """For each command-line client what it needs at least, with its guide."""
    return [_beginning(client, filling) for client in CLIENTS if client.shortest]


def _beginning(client: Client, filling: Filling) -> Example:
    texts = {snippet.slug: snippet for snippet in client.snippets(filling)}
    pieces = tuple((texts[slug].text, texts[slug].place) for slug in client.shortest)
    return Example(client.slug, client.name, pieces, guide=client.slug)
