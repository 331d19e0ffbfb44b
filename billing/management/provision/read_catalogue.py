"""The tables `[[providers]]` and `[[models]]`."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from billing.management.provision.document import Credential, Model, Provider, Rates, Route
from billing.management.provision.table import Table
from portal.catalogue import rates
from portal.catalogue.models import Protocol
from portal.catalogue.validation import (
    LONGEST_BASE_URL,
    checked_base_url,
    checked_ca_bundle,
    checked_proxy,
    checked_secret,
)

_PROVIDER_NAME, _MODEL_NAME, _UPSTREAM, _SECRET = 80, 120, 200, 8_000
_LARGEST_PRIORITY, _LARGEST_WEIGHT = 2**15 - 1, 10**6


def read_provider(table: Table, environ: Mapping[str, str]) -> Provider:
    name = table.text("name", _PROVIDER_NAME)
    protocols = _protocols(table)
    entries = table.tables("credentials")
    credentials = None if entries is None else tuple([_credential(entry, environ) for entry in entries])
    table.refuse_repeated("credentials", [credential.name for credential in credentials or ()])
    private, http2 = table.flag("allow_private_addresses"), table.flag("http2")
    proxy, ca_bundle = _proxy(table, environ), _ca_bundle(table)
    table.end()
    return Provider(name, protocols, credentials, private, proxy, http2, ca_bundle)


def read_model(table: Table) -> Model:
    name = table.text("name", _MODEL_NAME)
    routes = tuple([_route(entry, name) for entry in table.tables("routes", required=True) or []])
    same = [
        f"{route.provider} {route.protocol} {route.upstream}" if route.provider else "" for route in routes
    ]
    table.refuse_repeated("routes", same, "upstream")
    price, cost = _price(table, "price"), _price(table, "cost")
    table.end()
    return Model(name, routes, price, cost)


def _protocols(table: Table) -> dict[str, str]:
    addresses = table.table("protocols", required=True)
    if addresses is None:
        return {}
    if not addresses.names():
        table.refuse("protocols", f"names none of {', '.join(Protocol.values)}")
    found: dict[str, str] = {}
    for protocol in Protocol.values:
        url = addresses.text(protocol, LONGEST_BASE_URL, required=False)
        try:
            found |= {protocol: checked_base_url(url)} if url else {}
        except ValueError as error:
            addresses.refuse(protocol, str(error))
    addresses.end()
    return found


def _credential(table: Table, environ: Mapping[str, str]) -> Credential:
    name = table.text("name", _PROVIDER_NAME)
    return Credential(name, _secret(table, environ, checked_secret))


def _proxy(provider: Table, environ: Mapping[str, str]) -> str | None:
    table = provider.table("proxy")
    if table is None:
        return None
    return "" if not table.names() else _secret(table, environ, checked_proxy)


def _secret(table: Table, environ: Mapping[str, str], check: Callable[[str], str]) -> str:
    """What the last fields of a table hold or name; empty, and its problem noted, where it cannot be had."""
    value = table.text("value", _SECRET, required=False)
    variable = table.text("env", _PROVIDER_NAME, required=False)
    table.end()
    if ("value" in table) == ("env" in table):
        table.refuse("value", "give the secret either here or by the name of a variable in env")
    elif variable and not environ.get(variable, "").strip():
        table.refuse("env", f"the environment variable {variable} is not set")
    elif secret := value or environ.get(variable, ""):
        try:
            return check(secret)
        except ValueError as error:
            table.refuse("env" if variable else "value", str(error))
    return ""


def _ca_bundle(provider: Table) -> str | None:
    text = provider.lines("ca_bundle")
    try:
        return checked_ca_bundle(text) if text else text
    except ValueError as error:
        provider.refuse("ca_bundle", str(error))
        return None


def _route(table: Table, model: str) -> Route:
    provider = table.text("provider", _PROVIDER_NAME)
    protocol = table.choice("protocol", Protocol.values)
    upstream = table.text("upstream", _UPSTREAM, required=False) or model
    priority = table.whole("priority", 0, _LARGEST_PRIORITY)
    weight = table.whole("weight", 1, _LARGEST_WEIGHT)
    table.end()
    return Route(provider, protocol, upstream, 1 if priority is None else priority, weight or 1)


def _price(model: Table, name: str) -> Rates | None:
    table = model.table(name)
    if table is None:
        return None
    given: dict[str, Decimal] = {}
    for field in rates.FIELDS:
        amount = table.usd(field)
        if amount is not None:
            given[field] = amount
    table.end()
    # An amount that is there but cannot be read has been reported; it is not missing as well.
    unreadable = {field for field in rates.FIELDS if field in table} - given.keys()
    try:
        return rates.from_usd(given)
    except rates.PriceRefused as refusal:
        for field, problem in refusal.problems.items():
            if field and field not in unreadable:
                table.refuse(field, problem)
            elif not field and not unreadable:
                model.refuse(name, problem)
        return None
