"""Changing the catalogue: providers, their addresses and credentials, models, routes and prices.

Every change reaches the gateway through the outbox. The catalogue is the operator's, so nothing of it enters
an organization's diary: who changed what is in the log, and for changes made in the admin in its own history.
Verbs that set something compare first and say what they did; where it already is so, they do nothing.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.catalogue.models import AIModel, Credential, Price, PriceGroup, Provider, ProviderEndpoint, Route
from portal.catalogue.rates import complete
from portal.catalogue.validation import (
    checked_base_url,
    checked_ca_bundle,
    checked_proxy,
    checked_secret,
    shown_proxy,
)
from portal.kit import outbox
from proxyapp.sealing import Sealer, SealError
from proxyapp.usage import METERS

TOPIC = "catalogue"
EVERYTHING = "all"
Change = Literal["added", "changed"]

log = logging.getLogger(__name__)
_gathered: ContextVar[list[object] | None] = ContextVar("gathered", default=None)
_SHOWN = 4
_LONG_ENOUGH_TO_SHOW = 16


def announce(*, what: object, actor: User | None) -> None:
    """Something of the catalogue was changed: have it published once the transaction commits."""
    log.info("catalogue: %s changed by %s", what, actor or "the platform")
    gathered = _gathered.get()
    if gathered is None:
        outbox.enqueue(TOPIC, EVERYTHING)
    else:
        gathered.append(what)


@contextmanager
def as_one() -> Iterator[None]:
    """A transaction of many changes: they are published once, not the whole catalogue for each of them."""
    with transaction.atomic():
        gathered: list[object] = []
        token = _gathered.set(gathered)
        try:
            yield
        finally:
            _gathered.reset(token)
        if gathered:
            outbox.enqueue(TOPIC, EVERYTHING)


@transaction.atomic
def add_provider(*, name: str, actor: User | None, allow_private_addresses: bool = False) -> Provider:
    provider = Provider.objects.create(name=name, allow_private_addresses=allow_private_addresses)
    announce(what=provider, actor=actor)
    return provider


@transaction.atomic
def change_provider(
    *,
    provider: Provider,
    actor: User | None,
    enabled: bool | None = None,
    allow_private_addresses: bool | None = None,
    http2: bool | None = None,
    ca_bundle: str | None = None,
) -> list[str]:
    """Set what is not None; the names of the fields that were different before.

    An empty `ca_bundle` leaves the provider to the system's authorities. ValueError where it is not one.
    """
    changed = _set(
        provider,
        enabled=enabled,
        allow_private_addresses=allow_private_addresses,
        http2=http2,
        ca_bundle=checked_ca_bundle(ca_bundle) if ca_bundle else ca_bundle,
    )
    if changed:
        announce(what=provider, actor=actor)
    return changed


@transaction.atomic
def set_proxy(*, provider: Provider, url: str, actor: User | None) -> bool:
    """Call the provider by way of this proxy, or of none where `url` is empty; False where it is so already.

    ValueError where `url` is not the address of a proxy. Like a credential it may hold a password, and is
    sealed again only where an older key of the ring holds it.
    """
    text = checked_proxy(url) if url else ""
    if not text and not provider.sealed_proxy:
        return False
    if text and _is_sealed(provider.sealed_proxy, provider.proxy_context, text):
        return False
    provider.sealed_proxy = _sealer().seal(text, provider.proxy_context) if text else ""
    provider.proxy_address = shown_proxy(text) if text else ""
    provider.save(update_fields=["sealed_proxy", "proxy_address"])
    announce(what=provider, actor=actor)
    return True


@transaction.atomic
def set_address(*, provider: Provider, protocol: str, base_url: str, actor: User | None) -> Change | None:
    """Where the provider speaks this protocol. ValueError where `base_url` is not one."""
    url = checked_base_url(base_url)
    address, added = ProviderEndpoint.objects.get_or_create(
        provider=provider, protocol=protocol, defaults={"base_url": url}
    )
    if not added and not _set(address, base_url=url):
        return None
    announce(what=address, actor=actor)
    return "added" if added else "changed"


@transaction.atomic
def remove_address(*, address: ProviderEndpoint, actor: User | None) -> None:
    """Routes over it stay, but are not published until the provider speaks their protocol again."""
    address.delete()
    announce(what=address, actor=actor)


@transaction.atomic
def set_credential(*, provider: Provider, name: str, secret: str, actor: User | None) -> Change | None:
    """Our secret at the provider under this name, sealed by the present encryption key and in use.

    The secret that is there already is sealed again only where an older key of the ring holds it.
    """
    text = checked_secret(secret)
    credential = Credential.objects.filter(provider=provider, name=name).first()
    added = credential is None
    credential = credential or Credential(provider=provider, name=name)
    if not added and credential.enabled and _is_sealed(credential.sealed, credential.context, text):
        return None
    seal(credential, text)
    credential.enabled = True
    credential.save()
    announce(what=credential, actor=actor)
    return "added" if added else "changed"


def seal(credential: Credential, secret: str) -> None:
    """Put a sealed secret into a credential that is about to be saved; it cannot be read back from here."""
    text = checked_secret(secret)
    credential.sealed = _sealer().seal(text, credential.context)
    credential.last4 = text[-_SHOWN:] if len(text) >= _LONG_ENOUGH_TO_SHOW else ""


@transaction.atomic
def disable_credential(*, credential: Credential, actor: User | None) -> None:
    credential.enabled = False
    credential.save(update_fields=["enabled"])
    announce(what=credential, actor=actor)


@transaction.atomic
def add_model(*, name: str, actor: User | None) -> AIModel:
    """A model without price and routes yet: it is offered, and refused until it has both."""
    model = AIModel.objects.create(name=name)
    announce(what=model, actor=actor)
    return model


@transaction.atomic
def change_model(
    *,
    model: AIModel,
    actor: User | None,
    enabled: bool | None = None,
    max_output_tokens: int | None = None,
    context_tokens: int | None = None,
) -> list[str]:
    """Set what is not None; the names of the fields that were different before."""
    changed = _set(model, enabled=enabled, max_output_tokens=max_output_tokens, context_tokens=context_tokens)
    if changed:
        announce(what=model, actor=actor)
    return changed


@transaction.atomic
def set_route(
    *,
    model: AIModel,
    provider: Provider,
    protocol: str,
    upstream_model: str,
    actor: User | None,
    priority: int = 1,
    weight: int = 1,
) -> Change | None:
    """Have the model served this way, too; a disabled route is enabled again."""
    route, added = Route.objects.get_or_create(
        model=model,
        provider=provider,
        protocol=protocol,
        upstream_model=upstream_model,
        defaults={"priority": priority, "weight": weight},
    )
    if not added and not _set(route, priority=priority, weight=weight, enabled=True):
        return None
    announce(what=route, actor=actor)
    return "added" if added else "changed"


@transaction.atomic
def disable_route(*, route: Route, actor: User | None) -> None:
    """Calls no longer go this way. The row stays: past calls name it."""
    route.enabled = False
    route.save(update_fields=["enabled"])
    announce(what=route, actor=actor)


def open_price(
    *, book: str, model: AIModel, group: PriceGroup | None = None, provider: Provider | None = None
) -> Price | None:
    """The version that counts now."""
    return Price.objects.filter(
        book=book, model=model, group=group, provider=provider, valid_until=None
    ).first()


@transaction.atomic
def set_price(
    *,
    book: str,
    model: AIModel,
    rates: Mapping[str, int],
    actor: User | None,
    group: PriceGroup | None = None,
    provider: Provider | None = None,
) -> Price | None:
    """Open the next price version from now on; None where the open one already has these rates.

    `rates` are pico-USD per unit and name every meter: nothing is free by omission.
    """
    _refuse_incomplete(rates)
    AIModel.objects.select_for_update().get(pk=model.pk)  # one writer at a time: versions follow each other
    before = open_price(book=book, model=model, group=group, provider=provider)
    if before is not None and complete(before.rates) == dict(rates):
        return None
    now = _close(before) if before else timezone.now()
    price = Price.objects.create(
        book=book, model=model, group=group, provider=provider, rates=dict(rates), valid_from=now
    )
    announce(what=price, actor=actor)
    return price


@transaction.atomic
def close_price(*, price: Price, actor: User | None) -> bool:
    """End a version without a next one: a group falls back to the base price, a model without one is refused.

    False where it was closed already."""
    locked = Price.objects.select_for_update().get(pk=price.pk)
    if locked.valid_until is not None:
        return False
    _close(locked)
    announce(what=price, actor=actor)
    return True


def _close(price: Price) -> datetime:
    # Another host's clock may have been ahead of ours when it opened this version.
    price.valid_until = max(timezone.now(), price.valid_from)
    price.save(update_fields=["valid_until"])
    return price.valid_until


def _refuse_incomplete(rates: Mapping[str, int]) -> None:
    if set(rates) != set(METERS):
        raise ValueError(f"rates must name every meter and no other: {', '.join(METERS)}")
    if any(type(rate) is not int or rate < 0 for rate in rates.values()):
        raise ValueError("rates must be whole pico-USD of zero or more")


def _set(row: models.Model, **values: object) -> list[str]:
    changed = [name for name, value in values.items() if value is not None and getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)
    return changed


def _sealer() -> Sealer:
    return Sealer.from_text(settings.ENCRYPTION_KEYS)


def _is_sealed(sealed: str, context: str, secret: str) -> bool:
    """Whether it is this secret that was sealed, and by the key that seals now."""
    sealer = _sealer()
    if not sealed.startswith(f"{sealer.primary}:"):
        return False
    try:
        return sealer.open(sealed, context) == secret
    except SealError:
        return False
