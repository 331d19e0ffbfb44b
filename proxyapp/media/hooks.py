"""What media leaves to be filled by those above it, when the applications are ready."""

from collections.abc import Callable, Sequence
from typing import Any

finished: list[Callable[[int, str, dict[str, Any], str], None]] = []
"""Called in the transaction in which a task ends: organization, task id, task-result body, and the address
that the request named for it, or ``""``.
"""

booked: list[Callable[[Sequence[tuple[int, str]]], set[str]]] = []
"""Told organizations and call ids, each says which of these calls PostgreSQL has among the usage events."""
