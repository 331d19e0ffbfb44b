"""How templates write figures; the words for them are in `portal.kit.display`."""

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.kit import display

register = template.Library()
_PLACES = 9  # a nano-dollar
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
def usd_column(nano: int, signed: bool = False) -> SafeString:
    """Every digit of an amount, nine behind the point: in a column the points stand below each other."""
    text = display.signed_usd(nano) if signed else display.exact_usd(nano)
    missing = _PLACES - len(text.partition(".")[2])
    return format_html(
        '<span class="money">{}<span class="zeros" aria-hidden="true">{}</span></span>', text, "0" * missing
    )


@register.filter
def count(number: int) -> str:
    return f"{number:,}"


@register.filter
def compact(number: int) -> SafeString:
    """A large count in three digits, with every digit in its title."""
    return format_html('<span class="figure" title="{}">{}</span>', f"{number:,}", display.compact(number))


@register.filter
def control(field: BoundField) -> SafeString:
    """A form field's widget in our dress; Django itself ties it to its help and its errors."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect):
        return field.as_widget()  # a list: Django would put a style on it and on each of its boxes
    if isinstance(widget, CheckboxInput):
        style = "form-check-input"
    else:
        style = "form-select" if isinstance(widget, Select) else "form-control"
    if field.errors:
        style += " is-invalid"
    # A placeholder would say the label again, and vanish when it is needed.
    return field.as_widget(attrs={"class": style, "placeholder": False})


@register.filter
def is_within(path: str, place: str) -> bool:
    """Whether an address is a place or lies below it."""
    return path == place or path.startswith(place.rstrip("/") + "/")
