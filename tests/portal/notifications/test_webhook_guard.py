"""Webhooks lead to the public internet only, whatever a name says and wherever an answer points."""

from collections.abc import Sequence

import pytest
from django.test.utils import override_settings

from portal.notifications import delivery
from portal.notifications.models import Attempt
from portal.organizations.models import Organization
from proxyapp.upstream.errand import AddressInfo, Lookup, system_lookup
from tests.support.provider import Played, head, playing, whole

from .told import attempts, held_back

guarded = override_settings(WEBHOOKS_TO_PRIVATE_ADDRESSES=False)


def answering(*addresses: Sequence[str]) -> Lookup:
    """A resolver that gives these answers, one after the other."""
    left = list(addresses)

    def lookup(host: str, port: int) -> list[AddressInfo]:
        return [(0, 0, 0, "", (address, port)) for address in left.pop(0)]

    return lookup


def tried(organization: Organization, url: str, lookup: Lookup = system_lookup) -> Attempt:
    with guarded:
        delivery.attempt(held_back(organization, url=url), lookup)
    return attempts(organization)[-1]


def port(receiver: Played) -> str:
    return receiver.url.rpartition(":")[2]


def test_it_works(acme: Organization) -> None:
    with playing(whole(b"")) as receiver:
        found = tried(acme, receiver.url)
    assert (found.status, found.failure, receiver.received) == (0, "address", [])


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",  # noqa: S104
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[fd00:ec2::254]",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.0.1",
        "224.0.0.1",
    ],
)
def test_no_spelling_gets_past_it(acme: Organization, host: str) -> None:
    with playing(whole(b"")) as receiver:
        found = tried(acme, f"http://{host}:{port(receiver)}/")
    assert (found.failure, receiver.received) == ("address", [])


def test_one_private_address_among_others_is_enough(acme: Organization) -> None:
    with playing(whole(b"")) as receiver:
        found = tried(
            acme, f"http://hooks.example:{port(receiver)}/", answering(["93.184.216.34", "127.0.0.1"])
        )
    assert (found.failure, receiver.received) == ("address", [])


def test_a_name_that_is_bound_anew_gains_nothing(acme: Organization) -> None:
    """It is asked once; what was checked is what is dialled, so the second answer is never seen."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[AddressInfo]:
        asked.append(host)
        return [(0, 0, 0, "", ("192.0.2.1" if len(asked) == 1 else "127.0.0.1", port))]

    with playing(whole(b"")) as receiver:
        found = tried(acme, f"http://rebind.example:{port(receiver)}/", rebinding)
    assert (asked, found.failure, receiver.received) == (["rebind.example"], "address", [])


def test_a_redirect_is_not_followed(acme: Organization) -> None:
    with playing(whole(b"")) as inside:
        location = head(302, (b"location", inside.url.encode()), (b"content-length", b"0"))
        with playing(lambda to: to.sendall(location)) as outside:
            delivery.attempt(held_back(acme, url=outside.url))
    assert (attempts(acme)[0].status, attempts(acme)[0].failure) == (302, "redirect")
    assert (len(outside.received), inside.received) == (1, [])


@pytest.mark.parametrize("url", ["ftp://example.com/", "http://", "nonsense", "http://xn--/"])
def test_what_is_no_address_is_told_as_such(acme: Organization, url: str) -> None:
    assert tried(acme, url).failure == "url"
