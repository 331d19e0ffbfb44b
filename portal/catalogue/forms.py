"""The forms of the operator's admin pages."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.utils.translation import gettext_lazy as _

from portal.catalogue import rates, services
from portal.catalogue.models import Credential, Price, Provider, ProviderEndpoint
from portal.catalogue.validation import (
    checked_base_url,
    checked_ca_bundle,
    checked_proxy,
    checked_secret,
)

PRICED = ("book", "model", "group", "provider")
"""What a price is for: versions with these in common follow each other."""

_DIGITS = 18


def _per_million(label: Any, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal(0),
        max_digits=_DIGITS,
        decimal_places=6,
        help_text=help_text or _("USD per million tokens."),
    )


def _per_unit(label: Any, help_text: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal(0),
        max_digits=_DIGITS,
        decimal_places=12,
        help_text=help_text,
    )


def _cache(label: Any) -> forms.DecimalField:
    return _per_million(label, _("USD per million tokens. Empty: the price of input."))


def _checked(check: Callable[[str], str], given: str) -> str:
    try:
        return check(given)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from None


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """A proxy goes in like a secret, since it may hold a password; without it, it is shown beside."""

    proxy = forms.CharField(
        label=_("Proxy"),
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "size": 60}),
        help_text=_(
            "http://user:password@host:port or socks5://user:password@host:port. Write-only; leave it empty "
            "to keep the present one."
        ),
    )
    without_proxy = forms.BooleanField(
        label=_("Call without a proxy"), required=False, help_text=_("Forget the present one.")
    )

    class Meta:
        model = Provider
        fields = ("name", "enabled", "allow_private_addresses", "http2", "ca_bundle")
        widgets = {"ca_bundle": forms.Textarea(attrs={"rows": 6, "cols": 66, "spellcheck": "false"})}

    @property
    def changes_proxy(self) -> bool:
        """Whether there is a proxy to seal, or one to forget, once the provider is saved."""
        return bool(self.cleaned_data["proxy"] or self.cleaned_data["without_proxy"])

    def clean_proxy(self) -> str:
        given: str = self.cleaned_data["proxy"]
        return _checked(checked_proxy, given) if given else ""

    def clean_ca_bundle(self) -> str:
        given: str = self.cleaned_data["ca_bundle"].strip()
        return _checked(checked_ca_bundle, given) if given else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("proxy") and cleaned.get("without_proxy"):
            self.add_error("without_proxy", _("Either name a proxy or call without one."))
        return cleaned


class AddressForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    # Not the model's own field: Django's URLs have a dot, and a neighbouring container's name has none.
    address = forms.CharField(label=_("Base URL"), widget=AdminTextInputWidget(attrs={"size": 60}))

    class Meta:
        model = ProviderEndpoint
        fields = ("protocol",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("address", self.instance.base_url)

    def clean_address(self) -> str:
        return _checked(checked_base_url, self.cleaned_data["address"])

    def save(self, commit: bool = True) -> ProviderEndpoint:
        self.instance.base_url = self.cleaned_data["address"]
        saved: ProviderEndpoint = super().save(commit)
        return saved


class CredentialForm(forms.ModelForm):  # type: ignore[type-arg]
    """The secret goes in and never comes out: neither a later page nor a refused form holds it."""

    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_("Write-only. Leave it empty to keep the present one."),
    )

    class Meta:
        model = Credential
        fields = ("name", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The sealed value is bound to the name: under another one it would not open.
        self.fields["name"].disabled = self.instance.pk is not None

    def clean_secret(self) -> str:
        given: str = self.cleaned_data["secret"]
        if not given and self.instance.pk:
            return ""
        return _checked(checked_secret, given)

    def save(self, commit: bool = True) -> Credential:
        if self.cleaned_data["secret"]:
            services.seal(self.instance, self.cleaned_data["secret"])
        saved: Credential = super().save(commit)
        return saved


class PriceForm(forms.ModelForm):  # type: ignore[type-arg]
    """The next price version, in the units of price lists. The amounts are named as in `rates.FIELDS`."""

    input = _per_million(_("Input"))
    cache_read = _cache(_("Cache read"))
    cache_write_5m = _cache(_("Cache write, 5 minutes"))
    cache_write_1h = _cache(_("Cache write, 1 hour"))
    output = _per_million(_("Output"))
    characters = _per_million(_("Characters"), _("USD per million characters of text that is spoken."))
    per_image = _per_unit(_("Per image"), _("USD per image."))
    per_second = _per_unit(_("Per second"), _("USD per second of sound or film."))
    per_call = _per_unit(_("Per call"), _("USD per call."))

    class Meta:
        model = Price
        fields = PRICED

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("book") == Price.Book.SELL and cleaned.get("provider"):
            self.add_error("provider", _("Only cost prices are by provider."))
        if cleaned.get("book") == Price.Book.COST and cleaned.get("group"):
            self.add_error("group", _("Only sell prices are by group."))
        if not self.errors:
            self._rate(cleaned)
        return cleaned

    def _rate(self, cleaned: dict[str, Any]) -> None:
        given = {field: cleaned[field] for field in rates.FIELDS if cleaned.get(field) is not None}
        try:
            cleaned["rates"] = rates.from_usd(given)
        except rates.PriceRefused as refusal:
            for field, problem in refusal.problems.items():
                self.add_error(field or None, problem)
            return
        present = services.open_price(**{name: cleaned[name] for name in PRICED})
        if present and rates.complete(present.rates) == cleaned["rates"]:
            self.add_error(None, _("This is the present price already."))
