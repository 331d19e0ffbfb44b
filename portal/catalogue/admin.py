"""The operator's pages for the catalogue, in Django's admin. Whatever is saved here is published."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from portal.accounts.models import User
from portal.catalogue import rates, services
from portal.catalogue.forms import PRICED, AddressForm, CredentialForm, PriceForm, ProviderForm
from portal.catalogue.models import AIModel, Credential, Price, PriceGroup, Provider, ProviderEndpoint, Route
from proxyapp.money import PPM


def _operator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin site lets nobody else in
    return request.user


class PublishedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes no parameter at run time
    """Every save and deletion is announced to the gateway, in the same transaction."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        services.announce(what=form.instance, actor=_operator(request))

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        services.announce(what=obj, actor=_operator(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        services.announce(what=self.opts.verbose_name_plural, actor=_operator(request))


class AddressInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ProviderEndpoint
    form = AddressForm
    extra = 1


class CredentialInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Credential
    form = CredentialForm
    extra = 1
    fields = ("name", "secret", "ends_with", "enabled")
    readonly_fields = ("ends_with",)

    @admin.display(description=_("ends with"))
    def ends_with(self, credential: Credential) -> str:
        return f"…{credential.last4}" if credential.last4 else "–"


@admin.register(Provider)
class ProviderAdmin(PublishedAdmin):
    form = ProviderForm
    list_display = ("name", "enabled", "allow_private_addresses", "protocols", "road", "created_at")
    list_filter = ("enabled",)
    search_fields = ("name",)
    inlines = (AddressInline, CredentialInline)
    readonly_fields = ("proxy_address",)
    fieldsets = (
        (None, {"fields": ("name", "enabled", "allow_private_addresses")}),
        (
            _("How it is reached"),
            {
                "fields": ("proxy_address", "proxy", "without_proxy", "http2", "ca_bundle"),
                "description": _(
                    "Behind a proxy the gateway cannot check which addresses are called: the proxy "
                    "resolves the names. See to it that its rules keep calls out of your own networks."
                ),
            },
        ),
    )

    # Secrets are posted here: no error report may repeat what was.
    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(*args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        return super().get_queryset(request).prefetch_related("endpoints")

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)  # what is sealed is bound to the number it gets here
        if form.changes_proxy:
            services.set_proxy(provider=obj, url=form.cleaned_data["proxy"], actor=_operator(request))

    @admin.display(description=_("speaks"))
    def protocols(self, provider: Provider) -> str:
        return ", ".join(sorted(address.get_protocol_display() for address in provider.endpoints.all()))

    @admin.display(description=_("reached by"))
    def road(self, provider: Provider) -> str:
        authority = gettext("own certificate authority") if provider.ca_bundle else ""
        words = [provider.proxy_address, "HTTP/2" if provider.http2 else "", authority]
        return ", ".join(filter(None, words)) or "–"


class RouteInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Route
    extra = 1


@admin.register(AIModel)
class AIModelAdmin(PublishedAdmin):
    list_display = ("name", "enabled", "base_price", "max_output_tokens", "context_tokens", "created_at")
    list_filter = ("enabled",)
    search_fields = ("name",)
    readonly_fields = ("base_price",)
    inlines = (RouteInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AIModel]:
        base = Price.objects.filter(book=Price.Book.SELL, group=None, valid_until=None)
        return super().get_queryset(request).prefetch_related(Prefetch("prices", base, "base_prices"))

    @admin.display(description=_("base price, USD per million tokens or per call"))
    def base_price(self, model: AIModel) -> str:
        prices: list[Price] = getattr(model, "base_prices", [])
        return rates.text(prices[0].rates) if prices else gettext("none: calls are refused")


@admin.register(PriceGroup)
class PriceGroupAdmin(PublishedAdmin):
    list_display = ("name", "multiplier")

    @admin.display(description=_("multiplier"))
    def multiplier(self, group: PriceGroup) -> str:
        return f"{Decimal(group.multiplier_ppm) / PPM:f}"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # its members are rows of all tenants, which no page may look through


class PresentFilter(admin.SimpleListFilter):
    title = _("version")
    parameter_name = "version"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("present", _("present")), ("past", _("past"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Price]) -> QuerySet[Price]:
        return queryset.filter(valid_until__isnull=self.value() == "present") if self.value() else queryset


@admin.register(Price)
class PriceAdmin(PublishedAdmin):
    """Versions can be added and ended, never changed or deleted: bills are recomputed from them."""

    form = PriceForm
    list_display = ("model", "book", "group", "provider", "in_usd", "is_present", "valid_from", "valid_until")
    list_filter = (PresentFilter, "book", "group", "provider")
    list_select_related = ("model", "group", "provider")
    search_fields = ("model__name",)
    ordering = ("model__name", "book", "-valid_from")
    actions = ("close_versions",)

    def get_fields(self, request: HttpRequest, obj: Price | None = None) -> tuple[str, ...]:
        return (*PRICED, "in_usd", "valid_from", "valid_until") if obj else (*PRICED, *rates.FIELDS)

    def get_form(
        self, request: HttpRequest, obj: Price | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Past the adding there is nothing to fill in."""
        return super().get_form(request, obj, change, **kwargs, **({"form": forms.ModelForm} if obj else {}))

    def save_model(self, request: HttpRequest, obj: Price, form: Any, change: bool) -> None:
        chosen = {name: form.cleaned_data[name] for name in PRICED}
        opened = services.set_price(**chosen, rates=form.cleaned_data["rates"], actor=_operator(request))
        # None: somebody else set the same price in the meantime.
        version = opened or services.open_price(**chosen)
        assert version is not None
        obj.pk, obj.rates, obj.valid_from = version.pk, version.rates, version.valid_from

    @admin.action(description=_("End the selected versions"), permissions=["add"])
    def close_versions(self, request: HttpRequest, queryset: QuerySet[Price]) -> None:
        ended = sum(services.close_price(price=price, actor=_operator(request)) for price in queryset)
        self.message_user(request, _("Versions ended: %d") % ended)

    @admin.display(description=_("USD per million tokens or per call"))
    def in_usd(self, price: Price) -> str:
        return rates.text(price.rates)

    @admin.display(boolean=True, description=_("present"))
    def is_present(self, price: Price) -> bool:
        return price.valid_until is None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
