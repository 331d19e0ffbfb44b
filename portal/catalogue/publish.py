"""Tells the gateway what is on offer: the whole catalogue at once, in its present state.

Published is what can be used: enabled models, and those of their routes whose provider is enabled and speaks
the route's protocol. A model without a price is published without one, so that the gateway can say why it
refuses it. Read by the platform role: nobody's organization is in scope here.
"""

import hashlib
from collections import defaultdict

import msgspec
from django.db.models import Q

from portal.catalogue.models import AIModel, Credential, Price, PriceGroup, Provider, ProviderEndpoint, Route
from portal.catalogue.rates import complete
from portal.catalogue.services import TOPIC
from portal.kit import outbox
from portal.kit.redis import client
from proxyapp.snapshot import (
    Catalogue,
    CredentialFacts,
    ModelFacts,
    PriceFacts,
    RoadFacts,
    RouteFacts,
    encode,
)
from proxyapp.store import publish_catalogue

BASE = 0
"""The price group of those who have none, and in cost prices the provider of any route."""

_ALIAS = "platform"


def register() -> None:
    outbox.register(TOPIC, publish)


def publish(key: str) -> None:
    """Publish the catalogue; it travels whole, whatever the key."""
    publish_catalogue(client(), build())


def build() -> Catalogue:
    """The catalogue as PostgreSQL has it now. Its version is a hash of what it says."""
    sell, routes = _open_prices(Price.Book.SELL), _routes()
    offered = AIModel.objects.using(_ALIAS).filter(enabled=True).order_by("name")
    catalogue = Catalogue(
        version="",
        models={model.name: _model(model, sell[model.pk], routes[model.pk]) for model in offered},
        multipliers=dict(PriceGroup.objects.using(_ALIAS).order_by("pk").values_list("pk", "multiplier_ppm")),
        roads=_roads(),
    )
    return msgspec.structs.replace(catalogue, version=hashlib.sha256(encode(catalogue)).hexdigest()[:32])


def _model(model: AIModel, prices: dict[int, PriceFacts], routes: list[RouteFacts]) -> ModelFacts:
    return ModelFacts(
        model_id=model.pk,
        name=model.name,
        max_output_tokens=model.max_output_tokens,
        context_tokens=model.context_tokens,
        created=int(model.created_at.timestamp()),
        prices=prices,
        routes=tuple(routes),
    )


def _open_prices(book: Price.Book) -> dict[int, dict[int, PriceFacts]]:
    """The open versions by model, then by group (sell) or provider (cost)."""
    prices: dict[int, dict[int, PriceFacts]] = defaultdict(dict)
    # A version is open or closed; its beginning is not asked for, since this host's clock may be behind the
    # clock of the one that opened it.
    for price in Price.objects.using(_ALIAS).filter(book=book, valid_until=None).order_by("pk"):
        prices[price.model_id][price.group_id or price.provider_id or BASE] = PriceFacts(
            price.pk, complete(price.rates)
        )
    return prices


def _routes() -> dict[int, list[RouteFacts]]:
    """What can be dialled, by model."""
    addresses = {
        (address.provider_id, address.protocol): address.base_url
        for address in ProviderEndpoint.objects.using(_ALIAS)
    }
    credentials, costs = _credentials(), _open_prices(Price.Book.COST)
    usable = Route.objects.using(_ALIAS).filter(enabled=True, provider__enabled=True)
    routes: dict[int, list[RouteFacts]] = defaultdict(list)
    for route in usable.select_related("provider").order_by("priority", "pk"):
        base_url = addresses.get((route.provider_id, route.protocol))
        if base_url is None:
            continue
        cost = costs[route.model_id]
        routes[route.model_id].append(
            RouteFacts(
                route_id=route.pk,
                provider_id=route.provider_id,
                protocol=route.protocol,
                base_url=base_url,
                upstream_model=route.upstream_model,
                priority=route.priority,
                weight=route.weight,
                allow_private=route.provider.allow_private_addresses,
                credentials=tuple(credentials[route.provider_id]),
                cost=cost.get(route.provider_id, cost.get(BASE)),
            )
        )
    return routes


def _roads() -> dict[int, RoadFacts]:
    """How those providers are reached that are not simply called, their proxies still sealed."""
    unusual = ~Q(sealed_proxy="") | Q(http2=True) | ~Q(ca_bundle="")
    return {
        provider.pk: RoadFacts(
            proxy=provider.sealed_proxy,
            context=provider.proxy_context if provider.sealed_proxy else "",
            http2=provider.http2,
            authority=provider.ca_bundle,
        )
        for provider in Provider.objects.using(_ALIAS).filter(unusual, enabled=True).order_by("pk")
    }


def _credentials() -> dict[int, list[CredentialFacts]]:
    """What opens each provider's door, still sealed."""
    credentials: dict[int, list[CredentialFacts]] = defaultdict(list)
    for credential in Credential.objects.using(_ALIAS).filter(enabled=True).order_by("pk"):
        credentials[credential.provider_id].append(
            CredentialFacts(credential.pk, credential.sealed, credential.context)
        )
    return credentials
