"""What the stack's sandbox provider has seen."""

from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import httpx

from portal.catalogue.models import ProviderEndpoint


@dataclass(frozen=True)
class Seen:
    """The last request with a tag, as it reached the provider."""

    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


def stats(tag: str) -> dict[str, Any]:
    base = ProviderEndpoint.objects.get(provider__name="Sandbox", protocol="anthropic").base_url
    answer = httpx.get(f"{base}/__sandbox/stats", params={"tag": tag, "body": "1"})
    found: dict[str, Any] = answer.json()
    return found


def last(tag: str) -> Seen:
    request = stats(tag)["last"]
    return Seen(
        request["path"],
        [(name, value) for name, value in request["headers"]],
        b64decode(request["base64"]),
    )
