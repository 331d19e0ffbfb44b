"""Provider credentials at rest: AES-256-GCM under a key-encryption key from the environment.

Sealed text is ``<key id>:<base64url of nonce + ciphertext>``. The key id makes rotation possible: new text is
sealed by the first key of the ring, old text opens while its key is still in the ring. `context` is bound
in as associated data, so that a sealed value copied to another row does not open there.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_KEY = 32


class SealError(ValueError):
    """A ring that cannot be read, or a sealed value that does not open; the message never holds either."""


class Sealer:
    """Seals and opens with a ring of keys, the first of which seals."""

    def __init__(self, ring: Mapping[str, bytes]) -> None:
        if not ring:
            raise SealError("no encryption key is configured")
        if any(len(key) != _KEY for key in ring.values()):
            raise SealError(f"an encryption key must be {_KEY} bytes")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in ring.items()}
        self.primary = next(iter(ring))

    @classmethod
    def from_text(cls, text: str) -> "Sealer":
        """The ring as configured: ``id:base64,id:base64``."""
        ring = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            key_id, _, encoded = part.partition(":")
            try:
                ring[key_id] = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                raise SealError(f"encryption key {key_id!r} is not base64") from None
        return cls(ring)

    def seal(self, secret: str, context: str) -> str:
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._ciphers[self.primary].encrypt(nonce, secret.encode(), context.encode())
        return f"{self.primary}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, context: str) -> str:
        key_id, _, encoded = sealed.partition(":")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealError("sealed by a key that is no longer in the ring")
        try:
            raw = base64.urlsafe_b64decode(encoded)
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], context.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise SealError("a sealed value does not open: wrong key, wrong place or damaged") from None
