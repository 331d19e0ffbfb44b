"""Django keeps a body before anybody has looked at it, and so gets only so much of one."""

import asyncio

from portal.asgi import MOST_BODY, _Asked
from proxyapp.http import Message

_PART = 10_000_000


def passed_on(*messages: Message) -> list[Message]:
    """What becomes of these, until the client is gone."""
    left: list[Message] = [*messages, {"type": "http.disconnect"}]

    async def receive() -> Message:
        return left.pop(0)

    async def all_of_it() -> list[Message]:
        asked, passed = _Asked(receive), list[Message]()
        while left:
            passed.append(await asked())
        return passed

    return asyncio.run(all_of_it())


def part(*, more: bool) -> Message:
    return {"type": "http.request", "body": bytes(_PART), "more_body": more}


def test_it_works() -> None:
    *body, gone = passed_on(*[part(more=True)] * 50)
    assert sum(len(message["body"]) for message in body) == MOST_BODY
    assert [message["more_body"] for message in body] == [True] * (len(body) - 1) + [False]
    assert gone == {"type": "http.disconnect"}


def test_others_are_passed_on_as_they_are() -> None:
    whole = [part(more=True), part(more=False)]
    assert passed_on(*whole) == [*whole, {"type": "http.disconnect"}]
