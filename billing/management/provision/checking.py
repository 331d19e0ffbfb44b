"""What is wrong with a document only in view of what is already there."""

from collections.abc import Iterator
from difflib import get_close_matches

from django.db.models import Sum

from billing.charges.models import Grant
from billing.management.provision.document import Document, Organization, Route
from portal.catalogue.models import Provider
from portal.organizations.models import Organization as Row
from proxyapp.money import format_usd

Spoken = dict[str, set[str]]
"""Protocols by provider."""


def check(document: Document) -> Iterator[str]:
    """Problems, each with its path. What could not be read is empty in the document and passed over."""
    spoken = _spoken(document)
    for number, model in enumerate(document.models):
        for index, route in enumerate(model.routes):
            if problem := _unserved(route, spoken):
                yield f"models[{number}].routes[{index}].{problem}"
    for number, organization in enumerate(document.organizations):
        if problem := _lowered(organization):
            yield f"organizations[{number}].credit: {problem}"


def granted(organization_id: int) -> int:
    """Nano-USD that provisioning has granted so far."""
    grants = Grant.platform.filter(organization_id=organization_id, kind=Grant.Kind.PROVISIONED)
    return grants.aggregate(sum=Sum("amount"))["sum"] or 0


def _spoken(document: Document) -> Spoken:
    spoken = {
        provider.name: {address.protocol for address in provider.endpoints.all()}
        for provider in Provider.objects.prefetch_related("endpoints")
    }
    return spoken | {provider.name: set(provider.protocols) for provider in document.providers}


def _unserved(route: Route, spoken: Spoken) -> str:
    if route.provider and route.provider not in spoken:
        near = get_close_matches(route.provider, spoken, 1)
        guess = f" (did you mean {near[0]}?)" if near else ""
        return f"provider: there is no provider {route.provider}, neither in the file nor before it{guess}"
    protocols = spoken.get(route.provider)
    if protocols and route.protocol and route.protocol not in protocols:
        return f"protocol: the provider {route.provider} has no address for {route.protocol}"
    return ""


def _lowered(organization: Organization) -> str:
    if organization.credit is None or not organization.name:
        return ""
    row = Row.platform.filter(slug=organization.slug).first()
    before = granted(row.pk) if row else 0
    if organization.credit >= before:
        return ""
    return f"{format_usd(before)} USD have been granted already, and credit is never taken back"
