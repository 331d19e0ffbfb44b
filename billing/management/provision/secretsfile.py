"""Where the secrets of new keys go: a file that keeps every one it ever had, or the console, once."""

import json
import os
from pathlib import Path
from typing import Any

from portal.embedded.files import write_json

Shelf = dict[str, dict[str, dict[str, dict[str, str]]]]
"""``{"organizations": {NAME: {"keys": {NAME: SECRET}}}}``"""


class UnusableFile(ValueError):
    """The file is not one of ours, or cannot be written."""


class SecretsFile:
    """A JSON file, mode 0600, replaced in one step. Secrets that lie in it stay."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._read()
        if not os.access(self._path.parent, os.W_OK | os.X_OK):
            raise UnusableFile(f"{self._path.parent} is not a directory that can be written to")

    def keep(self, organization: str, key: str, secret: str) -> None:
        """Add the secret of a key; a revoked key's secret under the same name gives way."""
        shelf = self._read()
        shelf["organizations"].setdefault(organization, {}).setdefault("keys", {})[key] = secret
        self._write(shelf)

    def close(self) -> None:
        """Whoever asked for a file finds one, even where there was nothing to put into it."""
        if not self._path.exists():
            self._write(self._read())

    def _write(self, shelf: Shelf) -> None:
        try:
            write_json(self._path, shelf)
        except OSError as error:
            raise UnusableFile(f"{self._path} cannot be written: {error}") from error

    def _read(self) -> Shelf:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"organizations": {}}
        except (OSError, ValueError) as error:
            raise UnusableFile(f"{self._path} cannot be read as JSON: {error}") from None
        if not _is_shelf(found):
            raise UnusableFile(f"{self._path} holds something else than secrets of this command")
        shelf: Shelf = found
        return shelf


def _is_shelf(found: Any) -> bool:
    if not isinstance(found, dict) or set(found) != {"organizations"}:
        return False
    entries = found["organizations"]
    return isinstance(entries, dict) and all(
        isinstance(entry, dict)
        and set(entry) <= {"keys"}
        and isinstance(entry.get("keys", {}), dict)
        and all(isinstance(secret, str) for secret in entry.get("keys", {}).values())
        for entry in entries.values()
    )
