"""What can be said about an endpoint."""

from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.notifications.models import Endpoint
from portal.notifications.services import EVENT_TYPES

_LONGEST = 2000


class EndpointForm(forms.Form):
    """Where the address leads is only known, and checked, when it is called."""

    url = forms.CharField(
        label=_("Address"),
        max_length=_LONGEST,
        help_text=_("Gets a POST for every event. Use https wherever secrets may pass."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", "data-focus": True}),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    event_types = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(name, name) for name in EVENT_TYPES],
        required=False,
        help_text=_("None chosen: all, also those that come with later versions."),
        widget=forms.CheckboxSelectMultiple,
    )

    @classmethod
    def of(cls, endpoint: Endpoint) -> "EndpointForm":
        facts = ("url", "description", "event_types")
        return cls(initial={name: getattr(endpoint, name) for name in facts})

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        if not is_callable(url):
            raise ValidationError(_("Enter an address such as https://example.com/hooks."), code="invalid")
        return url


def is_callable(url: str) -> bool:
    """Whether `url` is one that can be posted to; user names and passwords do not belong into it."""
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
