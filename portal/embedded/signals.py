"""Ctrl-C, SIGTERM and a closed terminal as a polite request to stop; SIGUSR1 as one to renew."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any


class StopRequested(Exception):
    """Somebody asked Tollgate to stop while it was doing something else."""


class StopSignals:
    """Counts stop signals while the context is open. The first asks for an orderly stop, a second for a
    fast one. SIGUSR1 asks for new web workers: not SIGHUP, which a closed terminal sends. Main thread only.
    """

    def __init__(self) -> None:
        self._count = 0
        self._interrupting = False
        self._renewal = False
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "StopSignals":
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup asked to survive the terminal
            numbers.append(signal.SIGHUP)
        self._previous = {number: signal.signal(number, self._note) for number in numbers}
        self._previous[signal.SIGUSR1] = signal.signal(signal.SIGUSR1, self._note_renewal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, previous in self._previous.items():
            signal.signal(number, previous)

    def check(self) -> None:
        """Raise `StopRequested` when a stop was asked for."""
        if self._count:
            raise StopRequested

    def hurried(self) -> bool:
        return self._count > 1

    def take_renewal(self) -> bool:
        """Whether new web workers were asked for since this was last called."""
        asked, self._renewal = self._renewal, False
        return asked

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Let a stop signal break into code that cannot `check` by itself, such as a migration."""
        self.check()
        self._interrupting = True
        try:
            yield
        except KeyboardInterrupt as error:
            raise StopRequested from error
        finally:
            self._interrupting = False

    def _note_renewal(self, number: int, frame: FrameType | None) -> None:
        self._renewal = True

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._interrupting:
            raise KeyboardInterrupt
