"""Waiting for what happens elsewhere, without guessing how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def eventually(check: Callable[[], Value], seconds: float = 30.0) -> Value:
    """The first truthy value of `check`; AssertionError if there is none in time.

    Where a time is promised it is given; the default is patience for a machine that is busy otherwise.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {check}, last {value!r}")
        time.sleep(0.05)
