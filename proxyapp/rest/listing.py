"""Lists of models as each protocol shapes and pages them. Prices and sizes come where a client may look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from proxyapp.errors import InvalidRequest
from proxyapp.metering import Terms
from proxyapp.money import list_price
from proxyapp.snapshot import ModelFacts

_LARGEST_PAGE = 1000
_MOST_DIGITS = 9
_PER_MILLION = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
_OTHERS = {
    "characters": ("characters", 1_000_000),
    "per_image": ("images", 1),
    "per_second": ("seconds", 1),
    "per_call": ("calls", 1),
}
"""Told where it is asked for: the name as in a price list, the meter, and for how many of its units."""

_ASKED: dict[str, tuple[str, str, str]] = {
    "anthropic": ("limit", "after_id", "before_id"),
    "gemini": ("pageSize", "pageToken", ""),
    "openai_chat": ("limit", "after", "before"),
}
"""By dialect: how many rows, behind which name, before which."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model, and what it costs whoever asks."""

    model: ModelFacts
    terms: Terms


@dataclass(frozen=True, slots=True)
class Asked:
    """A part of the list: `size` rows (0: all) between two names, which need not be of models."""

    size: int = 0
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a part; `more` where there are others in the direction of reading."""

    offers: list[Offer]
    more: bool


def page_asked(dialect: str, query: Mapping[str, str]) -> Asked:
    """What the query asks for. Without a size it is all there is: clients forget that there may be more."""
    size, after, before = _ASKED[dialect]
    text = query.get(size, "")
    if text and not (text.isdecimal() and len(text) <= _MOST_DIGITS and 1 <= int(text) <= _LARGEST_PAGE):
        raise InvalidRequest(f"'{size}' must be a whole number from 1 to {_LARGEST_PAGE}.", param=size)
    return Asked(int(text or 0), query.get(after, ""), query.get(before, "") if before else "")


def cut(offers: list[Offer], asked: Asked) -> Page:
    """That part of the offers, which are sorted by name."""
    between = [
        offer
        for offer in offers
        if offer.model.name > asked.after and (not asked.before or offer.model.name < asked.before)
    ]
    size = asked.size or len(between)
    backwards = bool(asked.before) and not asked.after
    return Page(between[-size:] if backwards and size else between[:size], len(between) > size)


def _openai(offer: Offer) -> dict[str, Any]:
    model = offer.model
    return {
        "id": model.name,
        "object": "model",
        "created": model.created,
        "owned_by": "tollgate",
        "context_length": model.context_tokens,
        "max_output_tokens": model.max_output_tokens,
        "pricing": _pricing(offer.terms),
    }


def _pricing(terms: Terms) -> dict[str, str]:
    """USD per million tokens (and characters), or per single unit, as decimal strings."""
    rates, factor = terms.sell.rates, terms.multiplier_ppm
    tokens = {meter: list_price(rates.get(meter, 0), multiplier_ppm=factor) for meter in _PER_MILLION}
    others = {
        field: list_price(rates[meter], units, factor)
        for field, (meter, units) in _OTHERS.items()
        if rates.get(meter)
    }
    return {"currency": "USD", "per": "million", **tokens, **others}


def _anthropic(offer: Offer) -> dict[str, Any]:
    model = offer.model
    created = datetime.fromtimestamp(model.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "model",
        "id": model.name,
        "display_name": model.name,
        "created_at": created,
        "lifecycle": "active",
        "max_input_tokens": model.context_tokens,
        "max_tokens": model.max_output_tokens,
    }


def _gemini(offer: Offer) -> dict[str, Any]:
    model = offer.model
    return {
        "name": f"models/{model.name}",
        "displayName": model.name,
        "inputTokenLimit": model.context_tokens,
        "outputTokenLimit": model.max_output_tokens,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
    }


def _openai_list(page: Page) -> dict[str, Any]:
    return {"object": "list", "data": [_openai(offer) for offer in page.offers], "has_more": page.more}


def _anthropic_list(page: Page) -> dict[str, Any]:
    names: list[str | None] = [offer.model.name for offer in page.offers] or [None]
    rows = [_anthropic(offer) for offer in page.offers]
    return {"data": rows, "has_more": page.more, "first_id": names[0], "last_id": names[-1]}


def _gemini_list(page: Page) -> dict[str, Any]:
    rows = {"models": [_gemini(offer) for offer in page.offers]}
    return rows | ({"nextPageToken": page.offers[-1].model.name} if page.more else {})


ROWS: dict[str, Callable[[Offer], dict[str, Any]]] = {
    "anthropic": _anthropic,
    "gemini": _gemini,
    "openai_chat": _openai,
}
LISTS: dict[str, Callable[[Page], dict[str, Any]]] = {
    "anthropic": _anthropic_list,
    "gemini": _gemini_list,
    "openai_chat": _openai_list,
}
