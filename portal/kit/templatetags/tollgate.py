"""How templates write figures; the words for them are in `portal.kit.display`."""

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.kit import display

register = template.Library()
register.filter("signed_usd", display.signed_usd)
register.filter("exact_usd", display.exact_usd)
register.filter("duration", display.duration)
register.filter("share", display.share)


@register.filter
def usd(nano: int) -> SafeString:
    """An amount in whole cents, with every digit in its title."""
    return format_html(
        '<span class="money" title="{}">{}</span>', display.exact_usd(nano), display.short_usd(nano)
    )


@register.filter
def count(number: int) -> str:
    return f"{number:,}"


@register.filter
def compact(number: int) -> SafeString:
    """A large count in three digits, with every digit in its title."""
    return format_html('<span class="figure" title="{}">{}</span>', f"{number:,}", display.compact(number))


@register.filter
def control(field: BoundField, **attributes: Any) -> SafeString:
    """A form field's widget in our dress; Django itself ties it to its help and its errors."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect):
        style = "form-check-input"
    else:
        style = "form-select" if isinstance(widget, Select) else "form-control"
    if field.errors:
        style += " is-invalid"
    return field.as_widget(attrs={"class": style, **attributes})


@register.filter
def is_within(path: str, place: str) -> bool:
    """Whether an address is a place or lies below it."""
    return path == place or path.startswith(place.rstrip("/") + "/")
