"""What can be said about a key: its name, its end and its limits."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypedDict

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.keys.models import ApiKey
from proxyapp import money

_ON_A_DATE = "date"
_LARGEST_USD = Decimal(1_000_000_000)


class Limits(TypedDict):
    """The limits of a key as `keys.issue` and `keys.limit` take them; None is no limit."""

    budget_total: int | None
    rpm: int | None
    concurrency: int | None


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What will use this key? For example “Laptop” or “Nightly jobs”."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-focus": True}),
    )


class LimitsForm(forms.Form):
    """An empty field is no limit."""

    budget = forms.DecimalField(
        label=_("Budget in US dollars"),
        required=False,
        min_value=Decimal(0),
        max_value=_LARGEST_USD,
        decimal_places=9,
        help_text=_("All that this key may ever spend. A call that could exceed it is refused."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    rpm = forms.IntegerField(label=_("Requests per minute"), required=False, min_value=0, max_value=1_000_000)
    concurrency = forms.IntegerField(
        label=_("Calls at the same time"), required=False, min_value=0, max_value=1_000_000
    )

    @classmethod
    def of(cls, key: ApiKey) -> "LimitsForm":
        budget = None if key.budget_total is None else money.format_usd(key.budget_total)
        return cls(initial={"budget": budget, "rpm": key.rpm, "concurrency": key.concurrency})

    @property
    def values(self) -> Limits:
        budget = self.cleaned_data["budget"]
        return Limits(
            budget_total=None if budget is None else money.nano_from_usd(budget),
            rpm=self.cleaned_data["rpm"],
            concurrency=self.cleaned_data["concurrency"],
        )


class NewKeyForm(NameForm, LimitsForm):
    expiry = forms.ChoiceField(
        label=_("Expires"),
        choices=[
            ("never", _("Never")),
            ("30", _("In 30 days")),
            ("90", _("In 90 days")),
            ("365", _("In one year")),
            (_ON_A_DATE, _("On a date")),
        ],
        widget=forms.Select(attrs={"data-reveals": "expiry-date", "data-when": _ON_A_DATE}),
    )
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("The key works until the end of this day (UTC)."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    field_order = ["name", "expiry", "expires_on", "budget", "rpm", "concurrency"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("expiry") == _ON_A_DATE and "expires_on" not in self.errors:
            day = self.cleaned_data.get("expires_on")
            if day is None:
                self.add_error("expires_on", ValidationError(_("Choose a day."), code="required"))
            elif day < timezone.now().date():
                self.add_error("expires_on", ValidationError(_("This day is over."), code="past"))
            elif day == date.max:  # it has no next day, at which the key would end
                self.add_error("expires_on", ValidationError(_("For no end, choose “Never”."), code="last"))
        return cleaned

    @property
    def expires_at(self) -> datetime | None:
        choice = self.cleaned_data["expiry"]
        if choice == "never":
            return None
        if choice == _ON_A_DATE:
            return _end_of(self.cleaned_data["expires_on"])
        return timezone.now() + timedelta(days=int(choice))

    @property
    def has_limit_errors(self) -> bool:
        return any(name in self.errors for name in LimitsForm.base_fields)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(tzinfo=UTC))
