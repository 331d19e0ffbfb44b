"""A revoked key is refused by every worker within a second, whoever dies in between."""

import os
import subprocess
import sys
import time

import httpx

from portal.accounts.models import User
from portal.keys.models import ApiKey
from portal.kit.models import OutboxRow
from portal.organizations.models import Organization
from tests.support import cast
from tests.support.calls import ask
from tests.support.offers import offer
from tests.support.stack import CHECKOUT, Stack
from tests.support.waiting import eventually

CONNECTIONS = 24  # enough that every worker gets some of them

REVOKE_AND_DIE = """
import os, signal, sys
import django
django.setup()
from django.db import transaction
from portal.accounts.models import User
from portal.keys import services
from portal.keys.models import ApiKey
from portal.kit import outbox
from portal.kit.scope import organization_scope
organization, key, actor = map(int, sys.argv[1:])
outbox.register("key", lambda _: os.kill(os.getpid(), signal.SIGKILL))
with organization_scope(organization):
    services.revoke(key=ApiKey.objects.get(pk=key), actor=User.objects.get(pk=actor))
"""


def refused_everywhere(stack: Stack, key: str) -> bool:
    """Fresh connections are spread over the workers: all of them must say no."""
    return all(ask(stack, key).status_code == 401 for _ in range(CONNECTIONS))


def test_it_works(stack: Stack, acme: Organization, alice: User) -> None:
    issued = cast.issue(acme, alice)
    assert all(ask(stack, issued.secret).status_code == 200 for _ in range(CONNECTIONS))
    cast.revoke(issued.key, alice)
    eventually(lambda: refused_everywhere(stack, issued.secret), seconds=1.0 + CONNECTIONS * 0.1)


def test_it_holds_when_the_publisher_is_killed_right_after_the_commit(
    stack: Stack, acme: Organization, alice: User
) -> None:
    issued = cast.issue(acme, alice)
    assert all(ask(stack, issued.secret).status_code == 200 for _ in range(CONNECTIONS))
    arguments = [str(number) for number in (acme.pk, issued.key.pk, alice.pk)]
    dead = subprocess.run(
        [sys.executable, "-c", REVOKE_AND_DIE, *arguments], cwd=CHECKOUT, env=dict(os.environ), check=False
    )
    died_at = time.monotonic()
    assert dead.returncode == -9
    assert ApiKey.platform.get(pk=issued.key.pk).revoked_at  # committed, and nobody told the gateway
    eventually(lambda: ask(stack, issued.secret).status_code == 401, seconds=1.0)
    eventually(lambda: refused_everywhere(stack, issued.secret), seconds=1.0)
    assert time.monotonic() - died_at < 5
    assert not OutboxRow.platform.filter(topic="key", key=str(issued.key.pk)).exists()


def test_a_running_stream_ends_within_two_seconds(stack: Stack, acme: Organization, alice: User) -> None:
    issued = cast.issue(acme, alice)
    model = offer("anthropic", script="~pace-100~chunks-200")
    body = {
        "model": model,
        "max_tokens": 5000,
        "stream": True,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    with httpx.stream(
        "POST", f"{stack.base_url}/v1/messages", json=body, headers={"x-api-key": issued.secret}, timeout=30
    ) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "content_block_delta" in line)
        cast.revoke(issued.key, alice)
        began = time.monotonic()
        rest = "\n".join(lines)
    assert time.monotonic() - began < 2
    assert "event: error" in rest
    assert "revoked" in rest
