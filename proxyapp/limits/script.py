"""A Lua script by its hash."""

import hashlib
from typing import Any

from proxyapp.resp import Redis, RedisRefused


class Script:
    """A Lua script by its hash; loaded where the server does not know it (any more)."""

    def __init__(self, redis: Redis, text: str) -> None:
        self._redis = redis
        self._text = text
        self._hash = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: list[str], *arguments: str | bytes | int) -> Any:
        try:
            return await self._redis.command("EVALSHA", self._hash, len(keys), *keys, *arguments)
        except RedisRefused as refused:
            if not str(refused).startswith("NOSCRIPT"):
                raise
            return await self._redis.command("EVAL", self._text, len(keys), *keys, *arguments)
