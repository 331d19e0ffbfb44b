"""A player gets the part of a result that it asks for."""

import httpx
import pytest

from proxyapp.media.serving import asked_for
from tests.support.media import ended, offer, order
from tests.support.stack import Stack


@pytest.fixture
def film(stack: Stack, key: str) -> str:
    task_id = order(stack, key, offer(kind="video", meter="calls"))
    url: str = ended(stack, key, task_id, "TASK_STATUS_SUCCEED")["videos"][0]["video_url"]
    return url


def test_it_works(film: str) -> None:
    whole = httpx.get(film)
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    part = httpx.get(film, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{len(whole.content)}"
    assert part.headers["content-length"] == "4"
    rest = httpx.get(film, headers={"Range": "bytes=8-"})
    assert rest.content == whole.content[8:]


def test_a_part_that_is_not_there(film: str) -> None:
    answer = httpx.get(film, headers={"Range": "bytes=999999999-"})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"].startswith("bytes */")


def test_only_the_head(film: str) -> None:
    answer = httpx.head(film)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(httpx.get(film).content)


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=2-100", range(2, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-100", range(10)),
        ("bytes=5-", range(5, 10)),
        ("", None),
        ("bytes=-", None),
        ("bytes=3-2", None),
        ("bytes=0-1,4-5", None),
        ("lines=0-1", None),
        (f"bytes={'9' * 5000}-", None),
    ],
)
def test_which_part_is_meant(said: str, part: range | None) -> None:
    assert asked_for(said, 10) == part


@pytest.mark.parametrize("said", ["bytes=10-", "bytes=-0", "bytes=10-12"])
def test_what_lies_behind_the_end_is_nothing(said: str) -> None:
    assert asked_for(said, 10) == range(0)
