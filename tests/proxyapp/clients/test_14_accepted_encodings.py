"""Point 14: that a client takes packed answers is not told upstream, where usage is to be read."""

import pytest

from tests.support import sandbox, wire
from tests.support.offers import offer
from tests.support.stack import Stack


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_it_works(stack: Stack, key: str, protocol: str) -> None:
    tag = wire.fresh_tag()
    answer = wire.post(stack, key, protocol, offer(protocol), tag=tag)
    assert "gzip" in answer.request.headers["accept-encoding"]
    assert answer.status_code == 200
    assert sandbox.last(tag).header("accept-encoding") == "identity"
