"""Is this process alive, and can it serve? Two plain JSON answers for whoever watches it."""

import asyncio
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import DatabaseError, connection

from proxyapp.gateway import Gateway
from proxyapp.http import Send
from proxyapp.resp import RedisAway, RedisRefused
from proxyapp.store import CATALOGUE, EPOCH, STREAM

_LAG_ALLOWED = 50_000
_PATIENCE = 2.0
_thread = ThreadPoolExecutor(1, "readiness")
_asked: "asyncio.Future[str] | None" = None
stopping = threading.Event()
"""Set once this process has been asked to stop: it finishes what it has, and wants nothing new."""


async def answer(path: str, query: bytes, gateway: Gateway, send: Send) -> None:
    """``/healthz``: the loop turns. ``/readyz``: PostgreSQL, Redis, its epoch, the snapshot, the stream.

    ``/healthz?verbose`` counts what a leak would let grow: the tasks and calls of this one process.
    """
    checks = {} if path == "/healthz" else await _readiness(gateway)
    ready = all(check == "ok" for check in checks.values())
    found: dict[str, object] = {"status": "ok" if ready else "unavailable"}
    if checks:
        found["checks"] = checks
    elif query == b"verbose":
        found |= {"pid": os.getpid(), "tasks": len(asyncio.all_tasks()), "calls": len(gateway.live)}
    body = json.dumps(found)
    headers: list[tuple[bytes, bytes]] = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
    ]
    if not ready:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": 200 if ready else 503, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


async def _readiness(gateway: Gateway) -> dict[str, str]:
    if stopping.is_set():
        return {"process": "is being stopped"}
    return await _checks(gateway)


async def _checks(gateway: Gateway) -> dict[str, str]:
    checks = {"postgresql": await _postgresql()}
    try:
        epoch, catalogue, lag = [
            await gateway.redis.command(*command)
            for command in (("EXISTS", EPOCH), ("EXISTS", CATALOGUE), ("XLEN", STREAM))
        ]
    except (RedisAway, RedisRefused) as error:
        return checks | {"redis": str(error)}
    return checks | {
        "redis": "ok",
        "epoch": "ok" if epoch else "missing: limits are being rebuilt",
        "snapshot": "ok" if catalogue else "not published",
        "stream": "ok" if lag <= _LAG_ALLOWED else f"{lag} usage events are waiting to be drained",
    }


async def _postgresql() -> str:
    """In a thread of its own, one question at a time: a frozen server must not take the threads that calls
    need, nor keep the asker waiting."""
    global _asked
    loop = asyncio.get_running_loop()
    if _asked is None or _asked.done():
        _asked = loop.run_in_executor(_thread, _ask_postgresql)
    await asyncio.wait([_asked], timeout=_PATIENCE)
    return _asked.result() if _asked.done() else "does not answer"


def _ask_postgresql() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return str(error).splitlines()[0]
    finally:
        connection.close()
    return "ok"


def is_probe(path: str) -> bool:
    return path in ("/healthz", "/readyz")
