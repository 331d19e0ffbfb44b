"""What every error code of the gateway means, in the order in which the page shows it."""

from portal.guides.codes.callers import CALLERS
from portal.guides.codes.entry import Entry, Group, Retry
from portal.guides.codes.ours import OURS

__all__ = ["GROUPS", "USUAL", "Entry", "Group", "Retry"]

GROUPS: tuple[Group, ...] = CALLERS + OURS
_BY_CODE = {entry.code: entry for group in GROUPS for entry in group.entries}

USUAL = tuple(
    _BY_CODE[code]
    for code in (
        "missing_api_key",
        "placeholder_api_key",
        "mistyped_api_key",
        "invalid_api_key",
        "insufficient_credit",
        "budget_exceeded",
        "rate_limited",
        "model_not_found",
        "unknown_path",
        "not_translatable",
        "upstream_overloaded",
    )
)
"""What whoever sets up a client meets first."""
