"""What a snippet is made from, and what differs from system to system."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from portal.catalogue.models import Protocol

System = Literal["macos", "linux", "windows", "wsl"]
PLACEHOLDER = "sk_your_key"
"""Stands for the reader's key: no page of ours knows it any more."""
NO_MODEL = "your-model"
"""Stands for a model where none is on offer."""
_NODE: Mapping[System, str] = {"macos": "brew install node", "windows": "winget install OpenJS.NodeJS.LTS"}


@dataclass(frozen=True, slots=True)
class Filling:
    """Address without a slash at its end, key, and for each protocol the model that is called in it.

    `spoken` are the protocols of the model that the reader has chosen, if any.
    """

    address: str
    models: Mapping[Protocol, str]
    system: System = "linux"
    key: str = PLACEHOLDER
    spoken: frozenset[Protocol] = frozenset()

    @property
    def windows(self) -> bool:
        return self.system == "windows"

    @property
    def anthropic(self) -> str:
        """Base URL of clients that append `/v1/messages`."""
        return f"{self.address}/anthropic"

    @property
    def openai(self) -> str:
        """Base URL of clients that append `/responses` or `/chat/completions`."""
        return f"{self.address}/openai/v1"

    def model(self, protocol: Protocol) -> str:
        return self.models.get(protocol, NO_MODEL)

    def offered(self, protocols: Iterable[Protocol]) -> list[Protocol]:
        """The protocols in which a model can be called, first what the chosen one speaks itself."""
        found = [protocol for protocol in protocols if protocol in self.models]
        return sorted(found, key=lambda protocol: protocol not in self.spoken)

    def home(self, path: str) -> str:
        """A file below the home directory, as people write it on their system."""
        return "%USERPROFILE%\\" + path.replace("/", "\\") if self.windows else f"~/{path}"

    @property
    def node(self) -> str:
        """What installs Node.js, which most clients are installed with."""
        return _NODE.get(self.system, "sudo apt-get install nodejs npm")

    @property
    def profile(self) -> str:
        """What every new shell reads."""
        return "~/.zshrc" if self.system == "macos" else "~/.bashrc"
