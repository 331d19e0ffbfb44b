"""Whether the stack answers, and the file that tells scripts that it does."""

import http.client
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portal.embedded.files import write_json

PATH = "/readyz"


def why_not_ready(base_url: str, *, timeout: float = 2.0) -> str | None:
    """None when `GET /readyz` answers 200, else what it said instead."""
    address = urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout)
    try:
        connection.request("GET", PATH, headers={"Connection": "close"})
        answer = connection.getresponse()
        body = answer.read(2048).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"{PATH} does not answer ({type(error).__name__}: {error})"
    finally:
        connection.close()
    return None if answer.status == 200 else f"{PATH} answers {answer.status}: {body}"


@dataclass(frozen=True)
class Announcement:
    """What a running stack tells: `base_url` for this machine, and, where demo data is in place, its logins
    ({email, password}) and API key."""

    base_url: str
    pid: int
    api_key: str | None = None
    operator: dict[str, str] | None = None
    member: dict[str, str] | None = None

    def write(self, path: Path) -> None:
        """Write the ready file in one step; only its owner may read it, it holds passwords."""
        found: dict[str, Any] = {
            "base_url": self.base_url,
            "api_key": self.api_key,
            "operator": self.operator,
            "member": self.member,
            "pid": self.pid,
        }
        write_json(path, found)

    def text(self) -> str:
        """For the console: addresses, logins, and three calls that work when pasted."""
        lines = ["", f"Tollgate is ready:  {self.base_url}", ""]
        if self.operator and self.member:
            lines += [
                f"  operator  {self.operator['email']}  {self.operator['password']}",
                f"  member    {self.member['email']}  {self.member['password']}",
            ]
        if self.api_key:
            lines += [f"  API key   {self.api_key}", "", "Try it:", ""]
            lines += [*_calls(self.base_url, self.api_key)]
        return "\n".join([*lines, "Stop with Ctrl-C.", ""])


def _calls(base_url: str, key: str) -> list[str]:
    said = '"role":"user","content":"Hello"'
    json = "-H 'content-type: application/json'"
    return [
        f"curl {base_url}/anthropic/v1/messages -H 'x-api-key: {key}' -H 'anthropic-version: 2023-06-01'"
        f""" {json} -d '{{"model":"sandbox-claude","max_tokens":64,"messages":[{{{said}}}]}}'\n""",
        f"curl {base_url}/openai/v1/chat/completions -H 'authorization: Bearer {key}'"
        f""" {json} -d '{{"model":"sandbox-gpt","messages":[{{{said}}}]}}'\n""",
        f"curl {base_url}/v1beta/models/sandbox-gemini:generateContent -H 'x-goog-api-key: {key}'"
        f""" {json} -d '{{"contents":[{{"role":"user","parts":[{{"text":"Hello"}}]}}]}}'\n""",
    ]
