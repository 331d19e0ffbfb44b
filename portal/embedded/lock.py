"""One supervisor per data directory. The lock is taken before anything else is touched: a second Valkey
would silently unlink the first one's socket and share its append-only file."""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from portal.embedded.refusal import Refused


class DirectoryLock:
    """An exclusive `flock` on `<data>/lock`, held while the context is open; the kernel drops it with the
    process, however that ends. The file says who holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> "DirectoryLock":
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = self._holder()
            os.close(self._descriptor)
            raise Refused(f"Tollgate is already running in {self._path.parent} ({holder}).") from error
        self.describe(url=None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def describe(self, *, url: str | None) -> None:
        """Write who holds the lock, for the message that a second `up` gives."""
        text = json.dumps({"pid": os.getpid(), "url": url}).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)

    def _holder(self) -> str:
        try:
            found = json.loads(os.pread(self._descriptor, 4096, 0))
            return f"pid {found['pid']}, {found['url'] or 'still starting'}"
        except (ValueError, KeyError, TypeError):
            return "still starting"
