"""Point 12: a request of many megabytes is nothing unusual."""

import pytest

from tests.support import wire
from tests.support.offers import offer, per_call
from tests.support.stack import Stack

FIVE_MEGABYTES = "x" * 5_000_000


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_it_works(stack: Stack, key: str, protocol: str) -> None:
    model = offer(protocol, script="~output-5", rates=per_call(1000))
    assert wire.post(stack, key, protocol, model, FIVE_MEGABYTES).status_code == 200
