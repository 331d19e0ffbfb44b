"""Keys: their form, their checksum, and the only form in which they are stored."""

import string

from hypothesis import given
from hypothesis import strategies as st

from proxyapp import token

ALPHABET = string.ascii_letters + string.digits
PEPPER = b"sixteen bytes or more"
MINTED = token.mint().text


def test_it_works() -> None:
    minted = token.mint()
    assert token.is_well_formed(minted.text)
    assert len(minted.text) == token.LENGTH
    assert minted.text.startswith(minted.prefix)
    assert minted.text.endswith(minted.last4)


def test_no_two_are_alike() -> None:
    assert len({token.mint().text for _ in range(1000)}) == 1000


def test_what_is_shown_is_not_the_secret() -> None:
    minted = token.mint()
    assert len(minted.text) - len(minted.prefix) - len(minted.last4) > 30


@given(st.integers(0, token.LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(place: int, letter: str) -> None:
    wrong = MINTED[:place] + letter + MINTED[place + 1 :]
    assert token.is_well_formed(wrong) == (wrong == MINTED)


@given(st.integers(3, token.LENGTH - 2))
def test_two_swapped_characters_are_noticed(place: int) -> None:
    swapped = MINTED[:place] + MINTED[place + 1] + MINTED[place] + MINTED[place + 2 :]
    assert token.is_well_formed(swapped) == (swapped == MINTED)


@given(st.text(max_size=80))
def test_garbage_is_no_key(text: str) -> None:
    assert not token.is_well_formed(text)


@given(st.text(min_size=token.LENGTH - 3, max_size=token.LENGTH - 3))
def test_garbage_of_the_right_length_is_no_key(text: str) -> None:
    assert not token.is_well_formed(token.PREFIX + text)


def test_a_digest_depends_on_key_and_pepper() -> None:
    digest = token.digest(MINTED, PEPPER)
    assert len(digest) == 64
    assert digest == token.digest(MINTED, PEPPER)
    assert digest != token.digest(MINTED, PEPPER + b"!")
    assert digest != token.digest(token.mint().text, PEPPER)
    assert MINTED not in digest


@given(st.binary(max_size=64))
def test_a_seed_always_gives_the_same_key(seed: bytes) -> None:
    derived = token.derive(seed)
    assert derived == token.derive(seed)
    assert token.is_well_formed(derived.text)
    assert derived != token.derive(seed + b"!")
