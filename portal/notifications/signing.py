"""The signature on webhooks: who knows the secret can tell that a body came from here, and when."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"


def mint() -> str:
    """A new secret of 32 random bytes."""
    return PREFIX + secrets.token_urlsafe(32)


def signature(body: bytes, keys: Sequence[str], at: int) -> str:
    """The value of `X-Gateway-Signature`: ``t=<unix>``, and a ``v1=<hex>`` for each secret.

    Each is HMAC-SHA256, keyed by the secret as text, of the time, a point and the body as sent.
    """
    signed = b"%d.%b" % (at, body)
    macs = (hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in keys)
    return ",".join([f"t={at}", *(f"v1={mac}" for mac in macs)])
