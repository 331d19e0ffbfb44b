"""What is never billed is bounded all the same: by places in the process."""

from contextlib import ExitStack

import pytest

from proxyapp.config import Config
from proxyapp.errands import PLACES, PLACES_EACH, Errands
from proxyapp.errors import LimitReached
from proxyapp.health import Health
from proxyapp.resp import Redis
from proxyapp.routing import Router
from proxyapp.sealing import Sealer
from proxyapp.stored import StoredResponses
from proxyapp.upstream.lanes import Lanes


@pytest.fixture
async def errands() -> Errands:
    config = Config(redis_url="redis://localhost/0", pepper=b"", encryption_keys="")
    router = Router(Sealer({"a": bytes(32)}), Health())
    return Errands(router, StoredResponses(Redis(config.redis_url)), Lanes(), config)


async def test_it_works(errands: Errands) -> None:
    with errands.place(1), errands.place(1), errands.place(2):
        pass


async def test_one_organization_takes_half_of_the_places(errands: Errands) -> None:
    with ExitStack() as taken:
        for _ in range(PLACES_EACH):
            taken.enter_context(errands.place(1))
        with pytest.raises(LimitReached) as caught, errands.place(1):
            pass
        assert caught.value.problem.retry_after == 1
        taken.enter_context(errands.place(2))


async def test_there_are_no_more_places_than_that(errands: Errands) -> None:
    with ExitStack() as taken:
        for number in range(PLACES):
            taken.enter_context(errands.place(number))
        with pytest.raises(LimitReached), errands.place(-1):
            pass


async def test_a_place_is_given_back(errands: Errands) -> None:
    for _ in range(2 * PLACES):
        with errands.place(1):
            pass
