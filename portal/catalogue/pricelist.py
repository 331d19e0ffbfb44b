"""What a customer pays: the open sell prices of the models that can be called."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from portal.catalogue.models import AIModel, Price, PriceAssignment, Protocol, Route
from portal.catalogue.rates import PER_UNIT, TOKENS
from portal.kit import display
from proxyapp.money import PPM


@dataclass(frozen=True, slots=True)
class Offer:
    """One model and its prices, in words: dollars per million tokens by meter, and per unit by `PER_UNIT`.

    `prices` is empty where the model has none for tokens; `units` holds only what costs anything.
    """

    name: str
    context_tokens: int
    max_output_tokens: int
    prices: Mapping[str, str]
    units: Mapping[str, str]


def callable_models() -> QuerySet[AIModel]:
    """Models that are on offer, have a price and can be reached."""
    priced = Price.objects.filter(model=OuterRef("pk"), book=Price.Book.SELL, valid_until=None)
    reachable = Route.objects.filter(model=OuterRef("pk"), enabled=True, provider__enabled=True)
    return AIModel.objects.filter(Exists(priced), Exists(reachable), enabled=True).order_by("name")


def names_by_price() -> list[str]:
    """Names of the callable models of messages, the cheapest first: what an example should call.

    At the end come those whose output has no price: most of them answer with vectors, pictures or sound.
    """
    base = Price.objects.filter(book=Price.Book.SELL, valid_until=None, group=None)
    rates = dict(base.values_list("model_id", "rates"))
    spoken = Route.objects.filter(enabled=True).exclude(protocol=Protocol.MEDIA_V3).values("model")
    callable_ = callable_models().filter(pk__in=spoken)
    priced = [(rates.get(model.pk, {}).get("output", 0), model.name) for model in callable_]
    return [name for _, name in sorted(priced, key=lambda pair: (not pair[0], *pair))]


def names_by_protocol() -> dict[Protocol, list[str]]:
    """Names of the models whose routes speak each protocol of messages, the cheapest first; in all others
    of these they are translated."""
    routes = Route.objects.filter(enabled=True, provider__enabled=True)
    pairs = set(routes.values_list("protocol", "model__name"))
    names = names_by_price()
    spoken = (protocol for protocol in Protocol if protocol is not Protocol.MEDIA_V3)
    return {protocol: [name for name in names if (protocol, name) in pairs] for protocol in spoken}


def offers(assignment: PriceAssignment | None = None) -> list[Offer]:
    """The price list of an organization's price group, or the base one.

    A group pays its own price for a model that has one, and else the base price times its multiplier.
    """
    group = assignment.group if assignment else None
    prices: dict[tuple[int, int | None], Mapping[str, int]] = {
        (price.model_id, price.group_id): price.rates
        for price in Price.objects.filter(book=Price.Book.SELL, valid_until=None)
        if price.group_id in (None, group.pk if group else None)
    }
    found = []
    for model in callable_models():
        own = prices.get((model.pk, group.pk)) if group else None
        rates = own or prices.get((model.pk, None))
        if rates:
            found.append(_offer(model, rates, group.multiplier_ppm if group and not own else PPM))
    return found


def _offer(model: AIModel, rates: Mapping[str, int], multiplier_ppm: int) -> Offer:
    prices = {meter: display.per_million(rates.get(meter, 0), multiplier_ppm) for meter in TOKENS}
    return Offer(
        name=model.name,
        context_tokens=model.context_tokens,
        max_output_tokens=model.max_output_tokens,
        prices=prices if any(rates.get(meter) for meter in TOKENS) else {},
        units=_units(rates, multiplier_ppm),
    )


def _units(rates: Mapping[str, int], multiplier_ppm: int) -> dict[str, str]:
    units = {
        field: display.per_unit(rates[meter], multiplier_ppm)
        for field, meter in PER_UNIT.items()
        if rates.get(meter)
    }
    if rates.get("characters"):
        units["characters"] = display.per_million(rates["characters"], multiplier_ppm)
    return units
