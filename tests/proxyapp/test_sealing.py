"""Provider credentials at rest: only the right key opens them, only in their own place."""

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.sealing import Sealer, SealError

SECRET = "sk-ant-api03-secret"
OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)


def test_it_works() -> None:
    sealer = Sealer({"k1": OLD})
    assert sealer.open(sealer.seal(SECRET, "here"), "here") == SECRET


@given(st.text(), st.text())
def test_any_secret_in_any_place(secret: str, context: str) -> None:
    sealer = Sealer({"k1": OLD})
    try:
        secret.encode(), context.encode()
    except UnicodeEncodeError:
        return
    assert sealer.open(sealer.seal(secret, context), context) == secret


def test_nothing_of_it_shows() -> None:
    sealer = Sealer({"k1": OLD})
    first, second = sealer.seal(SECRET, "here"), sealer.seal(SECRET, "here")
    assert first != second
    assert SECRET not in first
    assert SECRET.encode() not in base64.urlsafe_b64decode(first.partition(":")[2])


def test_another_place_does_not_open_it() -> None:
    sealer = Sealer({"k1": OLD})
    with pytest.raises(SealError, match="does not open"):
        sealer.open(sealer.seal(SECRET, "credential:1:main"), "credential:2:main")


def test_rotation() -> None:
    """The first key seals, every key of the ring opens, and one taken out does not any more."""
    sealed = Sealer({"k1": OLD}).seal(SECRET, "here")
    both = Sealer({"k2": NEW, "k1": OLD})
    assert both.open(sealed, "here") == SECRET
    assert both.seal(SECRET, "here").startswith("k2:")
    with pytest.raises(SealError, match="no longer in the ring"):
        Sealer({"k2": NEW}).open(sealed, "here")


def test_the_same_name_for_another_key_does_not_open_it() -> None:
    sealed = Sealer({"k1": OLD}).seal(SECRET, "here")
    with pytest.raises(SealError):
        Sealer({"k1": NEW}).open(sealed, "here")


@pytest.mark.parametrize("damage", ["", "k1", "k1:", "k1:!!!!", "k1:AAAA", "k1:ключ", "k1:" + "A" * 60])
def test_damage_is_noticed(damage: str) -> None:
    with pytest.raises(SealError):
        Sealer({"k1": OLD}).open(damage, "here")


def test_one_changed_bit_is_noticed() -> None:
    sealer = Sealer({"k1": OLD})
    raw = bytearray(base64.urlsafe_b64decode(sealer.seal(SECRET, "here").partition(":")[2]))
    for place in range(len(raw)):
        raw[place] ^= 1
        with pytest.raises(SealError):
            sealer.open(f"k1:{base64.urlsafe_b64encode(bytes(raw)).decode()}", "here")
        raw[place] ^= 1


def test_a_ring_in_text() -> None:
    text = f" k2:{base64.b64encode(NEW).decode()} , k1:{base64.b64encode(OLD).decode()},"
    sealer = Sealer.from_text(text)
    assert sealer.primary == "k2"
    assert sealer.open(Sealer({"k1": OLD}).seal(SECRET, "here"), "here") == SECRET


@pytest.mark.parametrize("text", ["", " , ", "k1:not base64", "k1:AAAA", "k1"])
def test_a_ring_that_is_none(text: str) -> None:
    with pytest.raises(SealError):
        Sealer.from_text(text)


def test_no_error_tells_a_secret() -> None:
    key = base64.b64encode(OLD[:16]).decode()
    with pytest.raises(SealError) as refused:
        Sealer.from_text(f"k1:{key}")
    assert key not in str(refused.value)
