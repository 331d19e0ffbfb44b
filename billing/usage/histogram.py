"""Histograms of durations: unlike percentiles they add, so a roll-up carries them.

Bucket n counts durations from bound n-1 (included) to bound n (excluded), in milliseconds; the first begins
at 0, the last has no end.
"""

from bisect import bisect_right
from collections.abc import Sequence

BOUNDS_MS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000)
BUCKETS = len(BOUNDS_MS) + 1


def bucket_of(milliseconds: int) -> int:
    """Index of the bucket that counts this duration."""
    return bisect_right(BOUNDS_MS, milliseconds)


def percentile(histogram: Sequence[int], percent: int) -> int | None:
    """Milliseconds that `percent` of the counted durations do not exceed, evenly spread within a bucket.

    None where nothing was counted. In the endless bucket it is that bucket's lower bound.
    """
    rank = -(-sum(histogram) * percent // 100)
    before = 0
    for index, count in enumerate(histogram):
        if count and before + count >= rank:
            low = BOUNDS_MS[index - 1] if index else 0
            high = BOUNDS_MS[index] if index < len(BOUNDS_MS) else low
            return low + (high - low) * (rank - before) // count
        before += count
    return None
