"""What may be stored as an address or as a secret."""

import pytest

from portal.catalogue.validation import checked_base_url, checked_secret


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
