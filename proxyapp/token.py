"""The key a client sends: its format, its checksum, and the only form in which it is stored.

``sk_`` + 10 characters public part + 32 characters secret + 6 characters checksum, all base62. The public
part is shown in lists; the secret carries about 190 bits; the checksum (CRC-32 of what stands before it)
lets garbage and mistyped keys be refused without a look-up. Stored is a digest keyed by the pepper:
whoever copies the database cannot test guesses without it.
"""

import binascii
import hashlib
import secrets
from dataclasses import dataclass

PREFIX = "sk_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_PUBLIC = 10
_SECRET = 32
_CHECKSUM = 6
LENGTH = len(PREFIX) + _PUBLIC + _SECRET + _CHECKSUM


@dataclass(frozen=True, slots=True)
class Token:
    """A freshly minted key. `text` exists only in the hands of whoever asked for it."""

    text: str

    @property
    def prefix(self) -> str:
        """What lists show before the dots: ``sk_`` and the public part."""
        return self.text[: len(PREFIX) + _PUBLIC]

    @property
    def last4(self) -> str:
        return self.text[-4:]


def mint() -> Token:
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_PUBLIC + _SECRET))
    return Token(_with_checksum(PREFIX + body))


def derive(seed: bytes) -> Token:
    """The key that belongs to a secret seed: always the same one, as hard to guess as the seed."""
    number = int.from_bytes(hashlib.blake2b(seed, digest_size=64, person=b"tollgate-key").digest(), "big")
    return Token(_with_checksum(PREFIX + _base62(number, _PUBLIC + _SECRET)))


def is_well_formed(text: str) -> bool:
    """Whether the checksum holds; only then is a look-up worth its while."""
    if len(text) != LENGTH or not text.startswith(PREFIX) or not text.isascii():
        return False
    return _with_checksum(text[:-_CHECKSUM]) == text


def digest(text: str, pepper: bytes) -> str:
    """The stored form: 64 hex characters of BLAKE2b keyed by the pepper (16 to 64 bytes)."""
    return hashlib.blake2b(text.encode(), key=pepper, digest_size=32).hexdigest()


def _with_checksum(body: str) -> str:
    return body + _base62(binascii.crc32(body.encode()), _CHECKSUM)


def _base62(number: int, width: int) -> str:
    text = ""
    for _ in range(0, width, 2):  # all widths are even
        number, pair = divmod(number, 62 * 62)
        text = _PAIRS[pair] + text
    return text
