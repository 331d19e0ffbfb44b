"""Tokens of a request without its model: near enough, and never fooled by pictures."""

import base64

import msgspec
import pytest

from proxyapp.protocols.estimating import TOKENS_PER_MEDIUM, tokens

PICTURE = base64.b64encode(bytes(range(256)) * 1000).decode()


def test_it_works() -> None:
    assert tokens(b'{"model":"abc","n":[1,2.5,null,true]}') == 3  # nine bytes of text


def test_letters_beyond_ascii_count_by_their_bytes() -> None:
    assert tokens(msgspec.json.encode({"a": "你" * 100})) == 76
    assert tokens(b'{"a":"' + b"\\u4f60" * 100 + b'"}') == 76


@pytest.mark.parametrize("picture", [PICTURE, f"data:image/png;base64,{PICTURE}"])
def test_a_picture_counts_as_one(picture: str) -> None:
    assert tokens(msgspec.json.encode({"data": picture})) == 1 + TOKENS_PER_MEDIUM


def test_a_long_text_is_no_picture() -> None:
    assert tokens(msgspec.json.encode({"text": "some words " * 1000})) == 2751
