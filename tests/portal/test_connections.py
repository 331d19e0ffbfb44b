"""Requests leave no connection to PostgreSQL behind: there are only so many."""

import httpx
from django.db import connections

from tests.support.stack import Stack
from tests.support.waiting import eventually

_REQUESTS = 60
_COUNT = """
SELECT count(*) FROM pg_stat_activity WHERE usename = 'tollgate_app' AND pid <> pg_backend_pid()
"""


def count() -> int:
    with connections["owner"].cursor() as cursor:
        cursor.execute(_COUNT)
        return int(cursor.fetchone()[0])


def test_it_works(stack: Stack) -> None:
    before = count()
    for _ in range(_REQUESTS):
        assert httpx.get(f"{stack.base_url}/models").status_code == 200
    assert eventually(lambda: count() < before + _REQUESTS // 4)


def test_media_leaves_none_either(stack: Stack, key: str) -> None:
    before, headers = count(), {"Authorization": f"Bearer {key}"}
    for _ in range(_REQUESTS):
        params = {"task_id": "0" * 32}
        answer = httpx.get(f"{stack.base_url}/v3/async/task-result", params=params, headers=headers)
        assert answer.status_code == 404
    assert eventually(lambda: count() < before + _REQUESTS // 4)
