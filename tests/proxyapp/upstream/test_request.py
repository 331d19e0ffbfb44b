"""URLs taken apart, requests put into bytes."""

import pytest

from proxyapp.upstream import Outgoing, UpstreamError
from proxyapp.upstream.request import OriginKey, encode, locate


def text(request: Outgoing) -> bytes:
    return encode(request, locate(request.url, request.allow_private))


def test_it_works() -> None:
    request = Outgoing(b"POST", "https://api.test/v1/x?a=b", [(b"X-Key", b"k")], b"body")
    assert text(request) == (
        b"POST /v1/x?a=b HTTP/1.1\r\nhost: api.test\r\nX-Key: k\r\ncontent-length: 4\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("url", "key", "opening"),
    [
        ("http://A.test", (False, "a.test", 80), b" / HTTP/1.1\r\nhost: a.test\r\n"),
        ("https://a.test:443/", (True, "a.test", 443), b" / HTTP/1.1\r\nhost: a.test\r\n"),
        ("https://a.test:80/", (True, "a.test", 80), b" / HTTP/1.1\r\nhost: a.test:80\r\n"),
        ("http://a.test.:81?q=/", (False, "a.test", 81), b" /?q=/ HTTP/1.1\r\nhost: a.test:81\r\n"),
        ("http://[::1]:8/x", (False, "::1", 8), b" /x HTTP/1.1\r\nhost: [::1]:8\r\n"),
        ("http://a.test//x/../%2e", (False, "a.test", 80), b" //x/../%2e HTTP/1.1\r\nhost: a.test\r\n"),
    ],
)
def test_url(url: str, key: tuple[bool, str, int], opening: bytes) -> None:
    target = locate(url, True)
    assert (target.origin, target.opening) == (OriginKey(*key, True), opening)


@pytest.mark.parametrize(
    "url",
    [
        "a.test/x",
        "//a.test/x",
        "ws://a.test/",
        "http:///x",
        "http://a.test:x/",
        "http://a.test:-1/",
        "http://a_b%20.test/",
        "http://a\\b.test/",
        "http://[::1",
        "http://[fe80::1%25lo]/",
        "http://1:2:3/",
        "http://user@a.test/",
        "http://a.test@b.test/",
        "http://a.test/\tx",
        "http://a.test/\x7f",
        "http://bücher.test/",
    ],
)
def test_refused_url(url: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        locate(url, True)
    assert caught.value.kind == "protocol"


@pytest.mark.parametrize("method", [b"", b"GET /", b"GET\r\n", b"G T"])
def test_refused_method(method: bytes) -> None:
    with pytest.raises(UpstreamError):
        text(Outgoing(method, "http://a.test/", []))


def test_tab_and_high_bytes_are_allowed_in_values() -> None:
    assert b"x: a\tb\xc3\xa4\r\n" in text(Outgoing(b"GET", "http://a.test/", [(b"x", b"a\tb\xc3\xa4")]))


def test_get_says_no_length() -> None:
    assert b"content-length" not in text(Outgoing(b"GET", "http://a.test/", []))


def test_empty_post_says_zero() -> None:
    assert b"content-length: 0\r\n" in text(Outgoing(b"POST", "http://a.test/", []))
