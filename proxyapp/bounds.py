"""What a client may make a process bear before it is refused or cut; the table is in the README."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

HEAD = 64 * 1024  # bytes of a request's head
TARGET = 16 * 1024  # bytes of its first line
FIELDS = 256  # its header fields
DRAINED = 1024 * 1024  # bytes of a body nobody wants, read so that its sender can read why
DRAIN_SECONDS = 10.0
_FILES_PER_CONNECTION = 2  # the client's, and the provider's
_OTHER_FILES = 256


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one process. Seconds are kept to within `tick`."""

    connections: int = 10_000
    head_seconds: float = 20.0
    stall_seconds: float = 60.0

    @classmethod
    def from_environment(cls, files: int, environ: Mapping[str, str] = os.environ) -> "Bounds":
        """`files` may be open at a time; there are never more connections than those carry.

        ValueError names a variable that is not a positive number.
        """
        carried = max(1, (files - _OTHER_FILES) // _FILES_PER_CONNECTION)
        wanted = int(positive(environ, "TOLLGATE_MAX_CONNECTIONS", cls().connections))
        return cls(
            connections=min(wanted, carried),
            head_seconds=positive(environ, "TOLLGATE_HEAD_SECONDS", cls().head_seconds),
            stall_seconds=positive(environ, "TOLLGATE_STALL_SECONDS", cls().stall_seconds),
        )

    @property
    def tick(self) -> float:
        """Seconds between two looks at a connection."""
        return min(5.0, self.head_seconds / 4, self.stall_seconds / 4)


def positive(environ: Mapping[str, str], name: str, default: float) -> float:
    """A number greater than 0 from the environment."""
    text = environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a number greater than 0, not {text!r}.")
    return value
