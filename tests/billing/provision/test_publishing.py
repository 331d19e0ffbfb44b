"""Waiting until the gateway has been told, and saying so where it could not be."""

import logging
from collections.abc import Iterator

import pytest

from billing.management.provision.publishing import quiet, unpublished
from portal.catalogue import services
from portal.kit import outbox
from portal.kit.models import OutboxRow
from tests.support.stack import Stack

NOBODYS = "test:nobody-publishes-this"


@pytest.fixture
def stuck(stack: Stack, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A row that nobody can publish."""
    with caplog.at_level(logging.CRITICAL):
        outbox.enqueue(NOBODYS, 1)
    yield
    OutboxRow.platform.filter(topic=NOBODYS).delete()


def test_it_works(stack: Stack) -> None:
    services.announce(what="all of it", actor=None)
    assert unpublished(patience=10) == 0


def test_what_cannot_be_published_is_counted(stuck: None) -> None:
    with quiet():
        assert unpublished(patience=0) == 1


def test_it_is_quiet_only_for_a_while(stack: Stack) -> None:
    with quiet():
        assert outbox.log.disabled
    assert not outbox.log.disabled
