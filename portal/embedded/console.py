"""Progress for the person at the terminal: one line each, with the seconds since the start."""

import sys
import time
from typing import TextIO


class Console:
    """Lines on `stream`. A reader that has gone away must not take the supervisor with it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._began = time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self._began

    def step(self, text: str) -> None:
        self.write(f"{self.elapsed():6.1f} s  {text}")

    def write(self, text: str) -> None:
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return
