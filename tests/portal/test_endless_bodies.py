"""Django keeps a body before anybody has looked at it, and so gets only so much of one."""

import asyncio
from typing import Any

from portal.asgi import MOST_BODY, _Asked

_PART = 10_000_000


def passed_on(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What becomes of these, until the client is gone."""
    left = [*messages, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    async def all_of_it() -> list[dict[str, Any]]:
        asked, passed = _Asked(receive), []
        while left:
            passed.append(await asked())
        return passed

    return asyncio.run(all_of_it())


def part(*, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": bytes(_PART), "more_body": more}


def test_it_works() -> None:
    *body, gone = passed_on(*[part(more=True)] * 50)
    assert sum(len(message["body"]) for message in body) == MOST_BODY
    assert [message["more_body"] for message in body] == [True] * (len(body) - 1) + [False]
    assert gone == {"type": "http.disconnect"}


def test_others_are_passed_on_as_they_are() -> None:
    whole = [part(more=True), part(more=False)]
    assert passed_on(*whole) == [*whole, {"type": "http.disconnect"}]
