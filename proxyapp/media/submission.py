"""Taking an order: priced, paid and durable before anybody is told of it.

1. The task is written, ADMITTING. 2. Redis charges for it and tells the usage event, in one step. 3. The
task is QUEUED. Whoever dies between these leaves an ADMITTING task, which `work` fails with a refund: both
events are told then, whether the charge had been or not, and as each counts once they come to nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from django.db import DataError
from django.utils import timezone

from proxyapp import metering, money, routing
from proxyapp.errors import Forbidden, GatewayError, InvalidRequest, NotReady
from proxyapp.health import Health
from proxyapp.media import purse, units
from proxyapp.media.models import Endpoint, MediaTask, Posting, State
from proxyapp.media.scope import tenant
from proxyapp.rest.authentication import catalogue
from proxyapp.routing import Router
from proxyapp.sealing import Sealer
from proxyapp.snapshot import KeyFacts, ModelFacts, RouteFacts, Target
from proxyapp.usage import METERS, TokenUsage, UsageEvent

PROTOCOL = "media_v3"
DEADLINE = timedelta(hours=2)
"""A task that has not ended by then is failed, and given back."""

_LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Order:
    """What a client asks for: `body` is the JSON that it sent."""

    endpoint: Endpoint
    model: str
    body: Mapping[str, Any]
    deadline: timedelta = DEADLINE


def submit(key: KeyFacts, order: Order, call_id: str) -> MediaTask:
    """The task, charged and queued; GatewayError where it cannot be, and nothing was charged then."""
    task = _written(key, order, call_id)
    try:
        purse.charge(key, _charge_of(task))
    except purse.Unclear:
        raise  # `work` finds it, and makes sure that nothing was charged
    except GatewayError:
        _forget(task)
        raise
    return _queued(task)


def targets(model_name: str) -> list[Target]:
    """Where this model can be ordered, in the order in which it should be tried."""
    found = catalogue()
    return _router().choose(found, routing.find(found, model_name), PROTOCOL)


def _written(key: KeyFacts, order: Order, call_id: str) -> MediaTask:
    found = catalogue()
    model = routing.find(found, order.model)
    _router().choose(found, model, PROTOCOL)  # refuses a model that is not served here
    terms = metering.terms(found, model, key)
    _refuse_unpriced(model, terms)
    route = _first_route(model)
    usage = units.ordered(order.body, terms.sell.rates, route.cost.rates if route.cost else None)
    event = _event(key, model, route, terms, usage, call_id)
    now = timezone.now()
    task = MediaTask(
        organization_id=key.organization_id,
        key_id=key.key_id,
        model=model.name,
        endpoint=order.endpoint,
        request=dict(order.body),
        webhook_url=_webhook_url(order.body),
        charge=msgspec.to_builtins(event),
        rates={
            "sell": terms.sell.rates,
            "cost": route.cost.rates if route.cost else dict.fromkeys(METERS, 0),
        },
        call_id=call_id,
        sell_price_id=event.sell_price_id,
        units={meter: count for meter, count in usage.units().items() if count},
        charged=event.charged,
        created_at=now,
        next_step_at=now + timedelta(minutes=1),
        deadline_at=now + order.deadline,
    )
    try:
        with tenant(key.organization_id):
            task.save(force_insert=True)
    except DataError:
        raise InvalidRequest("The body holds a character or a number that cannot be kept.") from None
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.") from None
    return task


def _refuse_unpriced(model: ModelFacts, terms: metering.Terms) -> None:
    """A price of tokens alone prices nothing that is ordered here, and was not meant as a gift."""
    if terms.by_tokens and not any(terms.sell.rates[meter] for meter in units.METERS):
        raise Forbidden(
            f"The model {model.name!r} is priced by tokens alone, so it cannot be ordered.",
            code="model_without_price",
            hint=f"Ask the operator to price it by one of {', '.join(units.METERS)}.",
        )


def _first_route(model: ModelFacts) -> RouteFacts:
    """Whose cost is booked, also where another provider carries the order out in the end."""
    routes = (route for route in model.routes if route.protocol == PROTOCOL)
    return min(routes, key=lambda route: (route.priority, route.route_id))


def _event(
    key: KeyFacts,
    model: ModelFacts,
    route: RouteFacts,
    terms: metering.Terms,
    usage: TokenUsage,
    call_id: str,
) -> UsageEvent:
    """The order as a usage event: what it orders is what it is charged for."""
    amount = terms.amount(usage)
    return UsageEvent(
        call_id=call_id,
        organization_id=key.organization_id,
        key_id=key.key_id,
        user_id=key.user_id,
        model_id=model.model_id,
        model=model.name,
        protocol=PROTOCOL,
        provider_id=route.provider_id,
        route_id=route.route_id,
        status=200,
        usage=usage,
        sell_price_id=terms.sell.price_id,
        cost_price_id=route.cost.price_id if route.cost else 0,
        multiplier_ppm=terms.multiplier_ppm,
        held=amount,
        amount=amount,
        charged=amount,
        cost=money.amount(usage.units(), route.cost.rates) if route.cost else 0,
    )


def _charge_of(task: MediaTask) -> UsageEvent:
    return msgspec.convert(task.charge, UsageEvent)


def _forget(task: MediaTask) -> None:
    """Unless it has been failed meanwhile, and its postings are on their way."""
    with tenant(task.organization_id):
        MediaTask.objects.filter(pk=task.pk, state=State.ADMITTING).delete()


def _queued(task: MediaTask) -> MediaTask:
    now = timezone.now()
    sync = task.endpoint == Endpoint.SYNC
    change: dict[str, Any] = {"state": State.PROCESSING if sync else State.QUEUED, "started_at": now}
    change["next_step_at"] = task.deadline_at if sync else now
    with tenant(task.organization_id):
        mine = MediaTask.objects.filter(pk=task.pk, state=State.ADMITTING)
        if not mine.update(**change):
            raise NotReady("The task took too long to admit; it is given back.", retry_after=1)
        Posting.objects.create(
            organization_id=task.organization_id,
            task_id=task.pk,
            kind=Posting.Kind.CHARGE,
            event=task.charge,
            told_at=now,
        )
    for name, value in change.items():
        setattr(task, name, value)
    return task


def _webhook_url(body: Mapping[str, Any]) -> str:
    extra = body.get("extra")
    webhook = extra.get("webhook") if isinstance(extra, dict) else None
    url = webhook.get("url") if isinstance(webhook, dict) else None
    if url is None:
        return ""
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or len(url) > _LONGEST_URL:
        raise InvalidRequest(
            "`extra.webhook.url` must be an http:// or https:// address.", param="extra.webhook.url"
        )
    return url


@cache
def _router() -> Router:
    return Router(Sealer.from_text(settings.ENCRYPTION_KEYS), Health())
