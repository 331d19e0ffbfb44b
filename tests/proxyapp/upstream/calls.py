"""A whole call, and one that fails."""

import pytest

from proxyapp.upstream import Lane, Outgoing, Timeouts, UpstreamError


async def whole(lane: Lane, request: Outgoing, timeouts: Timeouts) -> bytes:
    """The answer's body."""
    answer = await lane.open(request, timeouts)
    try:
        return await answer.read_all(1 << 30)
    finally:
        answer.close()


async def failure(lane: Lane, request: Outgoing, timeouts: Timeouts) -> tuple[str, bool]:
    """What the call fails with, and whether it may have been sent."""
    with pytest.raises(UpstreamError) as caught:
        await whole(lane, request, timeouts)
    return caught.value.kind, caught.value.sent
