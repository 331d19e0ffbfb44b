"""Each client as its user has it: an empty home, what the guide prints, and a key."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from billing.management.clients import CLIENTS
from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.catalogue.models import ProviderEndpoint
from portal.keys.models import ApiKey
from portal.organizations.models import Organization
from proxyapp.sandbox.tokens import predict
from tests.clients.programs import PROGRAMS, Program
from tests.clients.tap import Tap, tapped
from tests.support import cast
from tests.support.guides import Piece, pieces
from tests.support.offers import price
from tests.support.provider import offer_over, provider_at
from tests.support.stack import Stack
from tests.support.waiting import eventually

_PATIENCE = 150
_CLOSED = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Ran:
    """How a client ended, and all it said."""

    code: int
    said: str


@dataclass
class Bench:
    """A client, and a model whose only route speaks `route`."""

    program: Program
    route: str
    model: str
    stack: Stack
    front: Tap
    """Before the gateway: what the client sends."""
    back: Tap
    """Before the sandbox: what the provider gets."""
    home: Path
    bare: bool = False
    """Whether addresses lose the root that names their protocol."""

    @property
    def folder(self) -> Path:
        """Where the client works."""
        return self.home / "work"

    def run(self, key: str, text: str, way: str = "") -> Ran:
        """Connect as the guide says, in one of its ways, and ask."""
        way = way or next(iter(self.program.ways))
        guide = self._guide(key)
        for path, content in self.program.files(guide, way).items():
            (self.home / path).parent.mkdir(parents=True, exist_ok=True)
            (self.home / path).write_text(content)
        self.folder.mkdir()
        done = subprocess.run(
            self.program.command(guide, text),
            cwd=self.folder,
            env=self._environment() | self.program.variables(guide, way),
            input=text.encode() if self.program.listens else b"",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(errors="replace"))

    def assert_billed(self, issued: ApiKey) -> None:
        """Every call that reached the provider is an event of this key, with exactly the sandbox's tokens."""
        calls, events = self.back.calls, UsageEvent.platform.filter(key=issued)
        eventually(lambda: events.count() >= len(calls) > 0)
        counts = [predict(self.route, call.body, self.model) for call in calls]
        expected = sorted((one.input, one.output, one.cache_write_5m, price(one)) for one in counts)
        booked = [(event.input, event.output, event.cache_write_5m, event.charged) for event in events]
        assert sorted(booked) == expected

    def _guide(self, key: str) -> dict[str, Piece]:
        """What the page prints, with the tap in the place of the gateway and a key in the placeholder's."""
        address = f"{self.stack.base_url}/guides/{self.program.guide}"
        page = httpx.get(address, params={"system": "linux", "model": self.model}).text
        for root in ("/anthropic", "/openai") if self.bare else ():
            page = page.replace(self.stack.base_url + root, self.stack.base_url)
        page = page.replace(self.stack.base_url, self.front.url).replace("sk_your_key", key)
        return pieces(page)

    def _environment(self) -> dict[str, str]:
        """Next to nothing, and no way out of this machine."""
        packages = Path(os.environ[CLIENTS]) / "node_modules"
        folders = ["node/bin", ".bin", "@factory/cli-linux-x64/bin", "opencode-linux-x64/bin"]
        path = [str(packages / folder) for folder in folders] + ["/usr/bin", "/bin"]
        closed = {"HTTP_PROXY": _CLOSED, "HTTPS_PROXY": _CLOSED, "NO_PROXY": "127.0.0.1"}
        named = {"HOME": str(self.home), "PATH": ":".join(path), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        return named | closed | dict(self.program.environment)


Make = Callable[..., Bench]


@pytest.fixture
def bench(stack: Stack, tmp_path: Path) -> Iterator[Make]:
    """Makes the bench of a client, the protocol of its model's route, and the model's name."""
    sandbox = ProviderEndpoint.objects.get(provider__name="Sandbox", protocol="anthropic").base_url
    with tapped(stack.base_url) as front, tapped(sandbox) as back:

        def make(client: str, route: str, name: str = "") -> Bench:
            model = offer_over(provider_at(back.url), protocol=route, name=name)
            return Bench(PROGRAMS[client], route, model, stack, front, back, tmp_path)

        yield make


@pytest.fixture
def issued(acme: Organization, alice: User) -> tuple[str, ApiKey]:
    """A key of Acme in plain text, and its row."""
    fresh = cast.issue(acme, alice)
    return fresh.secret, fresh.key
