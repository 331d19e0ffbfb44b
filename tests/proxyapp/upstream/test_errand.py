"""The client for errands: it dials what it has checked, and is over in time."""

import socket
import time
from collections.abc import Sequence

import httpx
import pytest

from proxyapp.upstream.errand import FAILURES, AddressInfo, AddressRefused, Lookup, TooMuch, body_of, client
from tests.support.provider import head, playing, whole


def at(*addresses: str) -> Lookup:
    def lookup(host: str, port: int) -> Sequence[AddressInfo]:
        return [(0, 0, 0, "", (address, port)) for address in addresses]

    return lookup


def test_it_works() -> None:
    with playing(whole(b'{"a":1}')) as provider, client(seconds=5, allow_private=True) as caller:
        assert caller.get(provider.url).json() == {"a": 1}


def test_the_name_travels_though_the_address_is_dialled() -> None:
    with playing(whole(b"")) as provider:
        port = provider.url.rpartition(":")[2]
        with client(seconds=5, allow_private=True, lookup=at("127.0.0.1")) as caller:
            caller.get(f"http://media.example:{port}/")
    assert provider.received[0].values(b"Host") == [f"media.example:{port}".encode()]


def test_the_next_address_is_tried() -> None:
    with playing(whole(b"ok")) as provider:
        port = provider.url.rpartition(":")[2]
        with client(seconds=5, allow_private=True, lookup=at("127.0.0.2", "127.0.0.1")) as caller:
            assert caller.get(f"http://media.example:{port}/").content == b"ok"


def test_a_private_address_is_refused() -> None:
    with client(seconds=5) as caller, pytest.raises(AddressRefused):
        caller.get("http://127.0.0.1:1/")


def test_a_name_that_does_not_exist() -> None:
    def lookup(host: str, port: int) -> Sequence[AddressInfo]:
        raise socket.gaierror

    with client(seconds=5, lookup=lookup) as caller, pytest.raises(httpx.ConnectError):
        caller.get("http://nowhere.example/")


def drip(to: socket.socket) -> None:
    to.sendall(head(200, (b"content-length", b"1000000")))
    for _ in range(1000):
        to.sendall(b"x")
        time.sleep(0.02)


def test_it_is_over_in_time_however_slowly_the_answer_comes() -> None:
    with (
        playing(drip) as provider,
        client(seconds=0.5, allow_private=True) as caller,
        pytest.raises(httpx.ReadTimeout),
    ):
        caller.get(provider.url)


def test_so_it_is_behind_a_proxy() -> None:
    with (
        playing(drip) as between,
        client(seconds=0.5, proxy=between.url) as caller,
        pytest.raises(httpx.ReadTimeout),
    ):
        caller.get("http://media.example/")


@pytest.mark.parametrize("url", ["http://xn--/", "http://a..b/", "http://", "ftp://a/", "http://[::1"])
def test_an_address_that_is_none_is_one_of_its_failures(url: str) -> None:
    with client(seconds=5) as caller, pytest.raises(FAILURES):
        caller.get(url)


def test_an_answer_that_is_too_large_is_not_taken() -> None:
    with (
        playing(whole(b"x" * 1000)) as provider,
        client(seconds=5, allow_private=True) as caller,
        caller.stream("GET", provider.url) as response,
        pytest.raises(TooMuch),
    ):
        body_of(response, 999)


def test_redirects_are_followed_only_where_asked_for() -> None:
    with playing(whole(b"there")) as there:
        answer = head(302, (b"location", there.url.encode()), (b"content-length", b"0"))
        with playing(lambda to: to.sendall(answer)) as here:
            with client(seconds=5, allow_private=True) as caller:
                assert caller.get(here.url).status_code == 302
            with client(seconds=5, allow_private=True, redirects=1) as caller:
                assert caller.get(here.url).content == b"there"


def test_each_hop_is_checked() -> None:
    """Each host of the way is looked up, and so checked, before it is dialled."""
    asked: list[str] = []

    def lookup(host: str, port: int) -> Sequence[AddressInfo]:
        asked.append(host)
        if host != "first.example":
            raise AddressRefused
        return [(0, 0, 0, "", ("127.0.0.1", port))]

    answer = head(302, (b"location", b"http://second.example/"), (b"content-length", b"0"))
    with playing(lambda to: to.sendall(answer)) as here:
        port = here.url.rpartition(":")[2]
        with (
            client(seconds=5, allow_private=True, lookup=lookup, redirects=3) as caller,
            pytest.raises(AddressRefused),
        ):
            caller.get(f"http://first.example:{port}/")
    assert asked == ["first.example", "second.example"]
