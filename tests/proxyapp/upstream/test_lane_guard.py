"""Where a tenant's address may not lead."""

import pytest

from proxyapp.upstream import Lane, Outgoing, Timeouts, UpstreamError

from .conftest import Serve
from .wire import always, ok


async def refusal(lane: Lane, url: str, patient: Timeouts) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await lane.open(Outgoing(b"GET", url, []), patient)
    return caught.value


async def test_it_works(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok()))
    error = await refusal(lane, provider.url, patient)
    assert (error.kind, error.sent, provider.peers) == ("address_forbidden", False, [])


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "0",
        "0.0.0.0",  # noqa: S104
        "localhost",
        "localhost.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "10.0.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "172.31.255.255",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
async def test_private_addresses_in_any_spelling(
    lane: Lane, serve: Serve, patient: Timeouts, host: str
) -> None:
    provider = await serve(always(ok()))
    error = await refusal(lane, f"http://{host}:{provider.port}/", patient)
    assert (error.kind, error.sent, provider.peers) == ("address_forbidden", False, [])


async def test_permission_of_one_call_does_not_serve_another(
    lane: Lane, serve: Serve, patient: Timeouts
) -> None:
    provider = await serve(always(ok()))
    (await lane.open(provider.get(), patient)).close()  # leaves a connection at rest
    assert (await refusal(lane, provider.url, patient)).kind == "address_forbidden"
    assert len(provider.requests) == 1
