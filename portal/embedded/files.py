"""Small files that are either the old one or the new one, never half of it."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any, *, mode: int = 0o600) -> None:
    """Replace `path` by `value` as JSON in one step; readers see the old file or the new one."""
    with _draft(path, value, mode) as draft:
        draft.replace(path)


def create_json(path: Path, value: Any, *, mode: int = 0o600) -> bool:
    """Create `path` complete in one step; False, and nothing changed, where it already exists."""
    with _draft(path, value, mode) as draft:
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return False
        return True


@contextlib.contextmanager
def _draft(path: Path, value: Any, mode: int) -> Iterator[Path]:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(value, stream, indent=2)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(mode)
        yield draft
    finally:
        draft.unlink(missing_ok=True)
