"""A client's WebSocket for Responses, on the `websockets` library: messages out, events in."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.support.stack import Stack
from tests.support.wire import PATIENCE

TERMINAL = ("response.completed", "response.incomplete", "response.failed", "error")
Event = dict[str, Any]


class Socket:
    """`say` asks for a response; `until` reads on. The first event of each call tells its headers."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, model: str, text: str = "Hello", **members: Any) -> None:
        message = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}]
        asked = {"type": "response.create", "model": model, "input": message, "max_output_tokens": 200}
        self.send(json.dumps(asked | {"store": False} | members))

    def send(self, message: str | bytes) -> None:
        self.connection.send(message)

    def event(self) -> Event:
        found: Event = json.loads(self.connection.recv(PATIENCE))
        return found

    def until(self, *kinds: str) -> list[Event]:
        """The events up to the first of these kinds; by default up to the end of a response."""
        found = [self.event()]
        while found[-1]["type"] not in (kinds or TERMINAL):
            found.append(self.event())
        return found

    def ask(self, model: str, text: str = "Hello", **members: Any) -> Event:
        """A response to its end: the last event."""
        self.say(model, text, **members)
        return self.until()[-1]


@contextmanager
def connected(
    stack: Stack, key: str, path: str = "/v1/responses", *, deflate: bool = True, **headers: str
) -> Iterator[Socket]:
    """A WebSocket with this key; headers as `x_sandbox_tag="…"`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with connect(
        stack.base_url.replace("http", "ws", 1) + path,
        additional_headers={"authorization": f"Bearer {key}"} | named,
        compression="deflate" if deflate else None,
        max_size=None,
        proxy=None,
        open_timeout=PATIENCE,
    ) as connection:
        yield Socket(connection)


def said(event: Event) -> str:
    """The text of the response that an event ends with."""
    parts = [part for item in event["response"]["output"] for part in item.get("content") or ()]
    return "".join(part.get("text", "") for part in parts)
