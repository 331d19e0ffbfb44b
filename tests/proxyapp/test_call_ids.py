"""The id of a call: a UUIDv7, so that ids sort as calls came and each falls into one partition for ever."""

import time
import uuid

from hypothesis import given
from hypothesis import strategies as st

from proxyapp.usage import METERS, TokenUsage, milliseconds_of, new_call_id


def test_it_works() -> None:
    before = time.time_ns() // 1_000_000
    call_id = new_call_id()
    assert before <= milliseconds_of(call_id) <= time.time_ns() // 1_000_000


def test_it_is_a_uuid_of_version_7() -> None:
    for _ in range(1000):
        found = uuid.UUID(new_call_id())
        assert (found.version, found.variant) == (7, uuid.RFC_4122)


def test_it_is_written_in_one_way_only() -> None:
    call_id = new_call_id()
    assert uuid.UUID(call_id).hex == call_id


def test_later_ids_sort_behind() -> None:
    earlier = new_call_id()
    while milliseconds_of(later := new_call_id()) == milliseconds_of(earlier):
        pass
    assert earlier < later


def test_no_two_are_alike() -> None:
    assert len({new_call_id() for _ in range(10_000)}) == 10_000


@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_the_memo_of_reasoning_is_never_priced(output: int, reasoning: int) -> None:
    units = TokenUsage(output=output, reasoning=reasoning).units()
    assert set(units) == set(METERS)
    assert sum(units.values()) == output + 1  # and the call itself
