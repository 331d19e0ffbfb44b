"""The generated secrets of an embedded installation, made once and kept in `<data>/secrets.json`.

Losing the file loses every sealed provider credential and every issued key, so it is never overwritten:
it is created complete in one step, and an unreadable one is refused.
"""

import base64
import json
import secrets
from pathlib import Path
from typing import Any

from portal.embedded.files import create_json, write_json
from portal.embedded.refusal import Refused

Secrets = dict[str, Any]


def generate() -> Secrets:
    """Fresh secrets: `secret_key`, `key_pepper` (hex, 32 bytes), `encryption_keys` (`<id>:<base64 of 32
    bytes>`), `operator` and `member` ({email, password}), `demo_key_seed` (hex, 32 bytes)."""
    return {
        "secret_key": secrets.token_urlsafe(48),
        "key_pepper": secrets.token_hex(32),
        "encryption_keys": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode("ascii"),
        "operator": {"email": "operator@example.com", "password": secrets.token_urlsafe(12)},
        "member": {"email": "member@example.com", "password": secrets.token_urlsafe(12)},
        "demo_key_seed": secrets.token_hex(32),
    }


def load(path: Path) -> Secrets | None:
    """The secrets in `path`, None where there is no such file. Refuses a file that cannot be understood."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Refused(f"{path} cannot be read: {error}. Restore it: sealed credentials need it.") from error
    if not isinstance(found, dict):
        raise Refused(f"{path} holds no secrets. Restore it: sealed credentials need it.")
    return found


def load_or_create(path: Path) -> Secrets:
    """The secrets in `path` (mode 0600), generated at the first call. Entries that an older version did
    not know are added; existing ones never change. Two processes at once end up with the same secrets."""
    fresh = generate()
    found = load(path)
    if found is None:
        if create_json(path, fresh):
            return fresh
        found = load(path) or fresh
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    complete = {**fresh, **found}
    if complete.keys() != found.keys():
        write_json(path, complete)
    return complete
