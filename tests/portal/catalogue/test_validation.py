"""What may be stored as an address or as a secret."""

from pathlib import Path

import pytest

from portal.catalogue.validation import (
    checked_base_url,
    checked_ca_bundle,
    checked_proxy,
    checked_secret,
    shown_proxy,
)
from tests.proxyapp.upstream.authority import Authority


def test_it_works() -> None:
    assert checked_base_url(" https://api.example.com/openai/ ") == "https://api.example.com/openai"


@pytest.mark.parametrize(
    "url", ["http://vllm:8000", "http://127.0.0.1:9", "http://[::1]:9", "https://api.example.com/v1"]
)
def test_an_address_may_be(url: str) -> None:
    assert checked_base_url(url) == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must be a URL"),
        ("api.example.com", "must be a URL"),
        ("ftp://api.example.com", "must be a URL"),
        ("https://", "must be a URL"),
        ("https://a:0", "must be a URL"),
        ("https://a:99999", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://user:password@a", "user name or password"),
        ("https://a?key=1", "query"),
        ("https://a#b", "fragment"),
        ("https://a b", "without spaces"),
        ("https://ä.example", "ASCII"),
        (f"https://{'a' * 300}", "at most 300"),
    ],
)
def test_an_address_may_not_be(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        checked_base_url(url)


def test_a_pasted_secret_is_stripped() -> None:
    assert checked_secret("  sk-1\n") == "sk-1"


@pytest.mark.parametrize("secret", ["", "  ", "a b", "a\nb", "ä"])
def test_a_secret_that_cannot_travel_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="must"):
        checked_secret(secret)


def test_a_refused_secret_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="must") as refusal:
        checked_secret("hush hush")
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://proxy:3128",
        "http://proxy.example.com",
        "socks5://[::1]:1080",
        "http://user:pass%40word@10.0.0.7:8080",
        "socks5://user@proxy",
    ],
)
def test_a_proxy_may_be(url: str) -> None:
    assert checked_proxy(f" {url}/ ") == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must begin with http:// or socks5://"),
        ("https://proxy:3128", "must begin with http:// or socks5://"),
        ("socks4://proxy", "must begin with http:// or socks5://"),
        ("proxy:3128", "must begin with http:// or socks5://"),
        ("http://", "must begin with http:// or socks5://"),
        ("http://:3128", "must be like"),
        ("http://proxy:port", "must be like"),
        ("http://proxy:99999", "must be like"),
        ("http://proxy:0", "must name a host"),
        ("http://pro%78y", "must name a host"),
        ("http://[::1", "must be like"),
        ("http://999.1.1.1", "must be like"),
        ("http://user:pa/ss@proxy", "%2F"),
        ("http://user:pa@ss@proxy", "%40"),
        ("http://proxy?a=1", "must end with host and port"),
        ("http://proxy#a", "must end with host and port"),
        ("http://proxy one", "without spaces"),
        ("http://pröxy", "ASCII"),
        (f"http://{'a' * 1000}", "at most 1000"),
        (f"socks5://{'u' * 256}:p@proxy", "more than 255"),
    ],
)
def test_a_proxy_may_not_be(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        checked_proxy(url)


@pytest.mark.parametrize("url", ["ftp://user:hush@proxy", "http://user:hu/sh@proxy", "http://user:hush@:1"])
def test_a_refused_proxy_is_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="must") as refusal:
        checked_proxy(url)
    assert not [word for word in ("hush", "hu/sh") if word in str(refusal.value)]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:password@proxy:3128", "http://proxy:3128"),
        ("socks5://user@[::1]:1080", "socks5://[::1]:1080"),
        ("http://proxy", "http://proxy"),
    ],
)
def test_a_proxy_is_shown_without_its_login(url: str, shown: str) -> None:
    assert shown_proxy(url) == shown


def test_certificates_are_kept_and_what_lies_between_is_not(tmp_path: Path) -> None:
    first, second = Authority(tmp_path).pem, Authority(tmp_path).pem
    pasted = f"# ours\n{first}\n subject: none\n{second}".replace("\n", "\r\n")
    assert checked_ca_bundle(pasted) == first + second


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must hold certificates in PEM"),
        ("ours", "must hold certificates in PEM"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "must hold certificates in PEM"),
        ("-----BEGIN CERTIFICATE-----\n", "must hold certificates in PEM"),
        ("-----BEGIN PRIVATE KEY-----\n", "no private key"),
        ("x" * 65_537, "at most 65536"),
    ],
)
def test_certificates_may_not_be(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        checked_ca_bundle(text)
