"""Base URLs as operators write them."""

import pytest

from proxyapp.protocols.address import versioned, versioned_anywhere


def test_it_works() -> None:
    assert versioned("https://api.anthropic.com", "v1") == "https://api.anthropic.com/v1"


@pytest.mark.parametrize(
    ("base", "root"),
    [
        ("https://h", "https://h/v1"),
        ("https://h/", "https://h/v1"),
        (" https://h// ", "https://h/v1"),
        ("https://h/v1", "https://h/v1"),
        ("https://h/v1/", "https://h/v1"),
        ("https://h/api/v3", "https://h/api/v3"),
        ("https://h/v1beta", "https://h/v1beta"),
        ("https://h/anthropic", "https://h/anthropic/v1"),
        ("https://v1", "https://v1/v1"),
        ("https://h:8443/v1alpha", "https://h:8443/v1alpha"),
    ],
)
def test_both_rules_agree_where_the_version_comes_last(base: str, root: str) -> None:
    assert versioned(base, "v1") == root
    assert versioned_anywhere(base, "v1") == root


def test_they_differ_where_it_does_not() -> None:
    assert versioned("https://h/v1/account/anthropic", "v1") == "https://h/v1/account/anthropic/v1"
    assert versioned_anywhere("https://h/v1beta/openai", "v1") == "https://h/v1beta/openai"
