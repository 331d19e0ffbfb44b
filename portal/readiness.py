"""Is this process alive, and can it serve? Two plain JSON answers for whoever watches it."""

import asyncio
import json

from django.db import DatabaseError, connection

from proxyapp.gateway import Gateway
from proxyapp.http import Send
from proxyapp.resp import RedisAway, RedisRefused
from proxyapp.store import CATALOGUE, EPOCH, STREAM

_LAG_ALLOWED = 50_000


async def answer(path: str, gateway: Gateway, send: Send) -> None:
    """``/healthz``: the loop turns. ``/readyz``: PostgreSQL, Redis, its epoch, the snapshot, the stream."""
    checks = {} if path == "/healthz" else await _checks(gateway)
    ready = all(check == "ok" for check in checks.values())
    body = json.dumps({"status": "ok" if ready else "unavailable", **({"checks": checks} if checks else {})})
    headers: list[tuple[bytes, bytes]] = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
    ]
    if not ready:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": 200 if ready else 503, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


async def _checks(gateway: Gateway) -> dict[str, str]:
    checks = {"postgresql": await asyncio.to_thread(_postgresql)}
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


def _postgresql() -> str:
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
