"""Bringing about the catalogue of a document, in one transaction."""

from collections.abc import Callable, Iterable

from django.db.models import QuerySet

from billing.ledger.locks import wait_alone
from billing.management.provision import document
from portal.catalogue import services
from portal.catalogue.models import AIModel, Price, Provider, Route

Tell = Callable[[str], None]
"""Is told every change in one line."""

LOCK = "provision"
_SIGNS = {"added": "+", "changed": "~"}


def apply_catalogue(
    providers: Iterable[document.Provider], models: Iterable[document.Model], tell: Tell
) -> None:
    """Bring about providers and models; others than these are left alone."""
    with services.as_one():
        wait_alone(LOCK, using="default")
        for provider in providers:
            _provider(provider, tell)
        rows = {row.name: row for row in Provider.objects.all()}
        for model in models:
            _model(model, rows, tell)


def _provider(wanted: document.Provider, tell: Tell) -> None:
    row = Provider.objects.filter(name=wanted.name).first()
    private = wanted.allow_private_addresses
    if row is None:
        row = services.add_provider(name=wanted.name, allow_private_addresses=bool(private), actor=None)
        tell(f"+ provider {wanted.name}")
    if services.change_provider(provider=row, allow_private_addresses=private, actor=None):
        tell(f"~ provider {wanted.name}: private addresses {'allowed' if private else 'refused'}")
    _road(row, wanted, tell)
    _addresses(row, wanted, tell)
    if wanted.credentials is not None:
        _credentials(row, wanted.credentials, tell)


def _road(row: Provider, wanted: document.Provider, tell: Tell) -> None:
    if services.change_provider(provider=row, http2=wanted.http2, actor=None):
        tell(f"~ provider {row.name}: HTTP/2 {'where it is offered' if row.http2 else 'never'}")
    if services.change_provider(provider=row, ca_bundle=wanted.ca_bundle, actor=None):
        tell(f"~ provider {row.name}: certificate authority {'of its own' if row.ca_bundle else 'the usual'}")
    if wanted.proxy is not None and services.set_proxy(provider=row, url=wanted.proxy, actor=None):
        way = f"by way of {row.proxy_address}" if row.proxy_address else "without a proxy"
        tell(f"~ provider {row.name}: called {way}")


def _addresses(row: Provider, wanted: document.Provider, tell: Tell) -> None:
    for protocol, base_url in wanted.protocols.items():
        change = services.set_address(provider=row, protocol=protocol, base_url=base_url, actor=None)
        if change:
            tell(f"{_SIGNS[change]} address {row.name}/{protocol}: {base_url}")
    for address in row.endpoints.exclude(protocol__in=wanted.protocols):
        services.remove_address(address=address, actor=None)
        tell(f"- address {row.name}/{address.protocol}")


def _credentials(row: Provider, wanted: Iterable[document.Credential], tell: Tell) -> None:
    names = []
    for credential in wanted:
        names.append(credential.name)
        change = services.set_credential(
            provider=row, name=credential.name, secret=credential.secret, actor=None
        )
        if change:
            tell(f"{_SIGNS[change]} credential {row.name}/{credential.name}")
    for unlisted in row.credentials.filter(enabled=True).exclude(name__in=names):
        services.disable_credential(credential=unlisted, actor=None)
        tell(f"- credential {row.name}/{unlisted.name}")


def _model(wanted: document.Model, providers: dict[str, Provider], tell: Tell) -> None:
    row = AIModel.objects.filter(name=wanted.name).first()
    if row is None:
        row = services.add_model(name=wanted.name, actor=None)
        tell(f"+ model {wanted.name}")
    changed = services.change_model(
        model=row,
        max_output_tokens=wanted.max_output_tokens,
        context_tokens=wanted.context_tokens,
        actor=None,
    )
    if changed:
        tell(f"~ model {wanted.name}: {', '.join(changed)}")
    _routes(row, wanted.routes, providers, tell)
    for book, rates in ((Price.Book.SELL, wanted.price), (Price.Book.COST, wanted.cost)):
        if rates is not None and services.set_price(book=book, model=row, rates=rates, actor=None):
            tell(f"~ model {wanted.name}: {'price' if book == Price.Book.SELL else 'cost'}")


def _routes(
    row: AIModel, wanted: Iterable[document.Route], providers: dict[str, Provider], tell: Tell
) -> None:
    unlisted = {_way(r.provider.name, r.protocol, r.upstream_model): r for r in _enabled(row)}
    for route in wanted:
        change = services.set_route(
            model=row,
            provider=providers[route.provider],
            protocol=route.protocol,
            upstream_model=route.upstream,
            priority=route.priority,
            weight=route.weight,
            actor=None,
        )
        way = _way(route.provider, route.protocol, route.upstream)
        unlisted.pop(way, None)
        if change:
            tell(f"{_SIGNS[change]} route {row.name} over {way}")
    for way, gone in unlisted.items():
        services.disable_route(route=gone, actor=None)
        tell(f"- route {row.name} over {way}")


def _enabled(row: AIModel) -> QuerySet[Route]:
    return row.routes.filter(enabled=True).select_related("provider")


def _way(provider: str, protocol: str, upstream: str) -> str:
    return f"{provider}/{protocol}/{upstream}"
