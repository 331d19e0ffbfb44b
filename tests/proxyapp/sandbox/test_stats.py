"""What the sandbox tells about the requests it has seen."""

import asyncio
import hashlib

from .conftest import Talker
from .wires import Talk, Wire


async def test_it_works(talker: Talker, wire: Wire, tag: str) -> None:
    await talker.post(wire, "m", Talk(), x_sandbox_tag=tag)
    assert (await talker.stats(tag))["requests"] == 1


async def test_the_last_request_is_shown_as_it_came(talker: Talker, wire: Wire, tag: str) -> None:
    await talker.post(wire, f"m~tag-{tag}", Talk(stream=True))
    body = wire.encoded(f"m~tag-{tag}", Talk(stream=True))
    last = (await talker.stats(tag))["last"]
    assert last["path"] == wire.path(f"m~tag-{tag}", stream=True)
    assert last["sha256"] == hashlib.sha256(body).hexdigest()
    assert last["bytes"] == len(body)
    assert ["host", talker.http.base_url.netloc.decode()] in last["headers"]


async def test_the_body_is_shown_when_asked_for(talker: Talker, wire: Wire, tag: str) -> None:
    await talker.post(wire, f"m~tag-{tag}", Talk())
    last = (await talker.stats(tag, body="1"))["last"]
    assert last["body"] == wire.encoded(f"m~tag-{tag}", Talk()).decode()


async def test_refused_requests_are_counted(talker: Talker, tag: str) -> None:
    await talker.http.get("/nowhere", headers={"x-sandbox-tag": tag})
    assert (await talker.stats(tag))["requests"] == 1


async def test_finished_requests_are_not_aborted(talker: Talker, wire: Wire, tag: str) -> None:
    await talker.say(wire, f"m~tag-{tag}", Talk(stream=True))
    stats = await talker.stats(tag)
    assert (stats["open"], stats["aborted"]) == (0, 0)


async def test_an_open_stream_is_open(talker: Talker, wire: Wire, tag: str) -> None:
    model = f"m~pace-50~chunks-20~output-40~tag-{tag}"
    task = asyncio.create_task(talker.say(wire, model, Talk(stream=True)))
    await talker.until(tag, open=1)
    task.cancel()
    await talker.until(tag, open=0, aborted=1)


async def test_leaving_a_paced_stream_is_an_abort(talker: Talker, wire: Wire, tag: str) -> None:
    path = wire.path(f"m~pace-20~chunks-500~output-500~tag-{tag}", stream=True)
    body = wire.encoded(f"m~pace-20~chunks-500~output-500~tag-{tag}", Talk(stream=True))
    async with talker.http.stream("POST", path, content=body, headers=wire.headers) as answer:
        await anext(answer.aiter_raw())
    await talker.until(tag, open=0, aborted=1)


async def test_leaving_during_the_delay_is_an_abort(talker: Talker, wire: Wire, tag: str) -> None:
    task = asyncio.create_task(talker.post(wire, f"m~delay-60000~tag-{tag}", Talk()))
    await talker.until(tag, open=1)
    task.cancel()
    await talker.until(tag, open=0, aborted=1)


async def test_a_cut_is_not_the_clients_abort(talker: Talker, wire: Wire, tag: str) -> None:
    path, body = (
        wire.path(f"m~cut-1~tag-{tag}", stream=True),
        wire.encoded(f"m~cut-1~tag-{tag}", Talk(stream=True)),
    )
    async with talker.http.stream("POST", path, content=body, headers=wire.headers):
        pass
    await talker.until(tag, requests=1, open=0, aborted=0)


async def test_reset_forgets_everything(talker: Talker, tag: str) -> None:
    await talker.http.get("/nowhere", headers={"x-sandbox-tag": tag})
    await talker.http.post("/__sandbox/reset")
    assert await talker.stats(tag) == {"requests": 0, "open": 0, "aborted": 0, "last": None}


async def test_the_sandboxes_own_calls_are_not_counted(talker: Talker) -> None:
    await talker.http.post("/__sandbox/reset")
    await talker.stats()
    assert (await talker.stats())["requests"] == 0


async def test_unknown_control_calls_are_refused(talker: Talker) -> None:
    assert (await talker.http.get("/__sandbox/reset")).status_code == 404
