"""The control plane's connection to Redis; one pool per process."""

from functools import cache

import redis
from django.conf import settings


@cache
def client() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)
