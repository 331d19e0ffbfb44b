"""What we offer, who serves it, and what it costs. The operator's tables: no tenant owns a row of them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.kit.scope import PlatformManager, ScopedManager
from portal.organizations.models import Organization
from proxyapp.money import PPM


class Protocol(models.TextChoices):
    ANTHROPIC = "anthropic", "Anthropic Messages"
    OPENAI_CHAT = "openai_chat", "OpenAI Chat Completions"
    OPENAI_RESPONSES = "openai_responses", "OpenAI Responses"
    GEMINI = "gemini", "Gemini"
    MEDIA_V3 = "media_v3", "Media (/v3)"


class Provider(models.Model):
    """An upstream company or host."""

    name = models.CharField(max_length=80, unique=True)
    enabled = models.BooleanField(default=True)
    allow_private_addresses = models.BooleanField(
        default=False,
        help_text=_(
            "Allow base URLs that resolve to private or loopback addresses. Behind a proxy this means "
            "nothing: the proxy resolves the names, and its own rules say what may be called."
        ),
    )
    sealed_proxy = models.TextField(blank=True, editable=False)
    proxy_address = models.CharField(_("present proxy"), max_length=300, blank=True, editable=False)
    http2 = models.BooleanField(
        _("HTTP/2"),
        default=False,
        help_text=_("Use HTTP/2 where the provider offers it. It costs the gateway more per call."),
    )
    ca_bundle = models.TextField(
        _("certificate authority"),
        blank=True,
        help_text=_(
            "Certificates in PEM. Where there are any, only they vouch for this provider, not the system's."
        ),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def proxy_context(self) -> str:
        """What its sealed proxy is bound to."""
        return f"proxy:{self.pk}"


class ProviderEndpoint(models.Model):
    """Where a provider speaks one protocol."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="endpoints")
    protocol = models.CharField(max_length=20, choices=Protocol)
    base_url = models.URLField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint("provider", "protocol", name="one_address_per_protocol")]

    def __str__(self) -> str:
        return f"{self.provider} {self.protocol}"


class Credential(models.Model):
    """Our secret at a provider: sealed, write-only, never shown again."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="credentials")
    name = models.CharField(max_length=80)
    sealed = models.TextField(editable=False)
    last4 = models.CharField(max_length=4, editable=False)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("provider", "name", name="credential_name_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.name} …{self.last4}"

    @property
    def context(self) -> str:
        """What its sealed value is bound to."""
        return f"credential:{self.provider_id}:{self.name}"


class AIModel(models.Model):
    """A model we offer, by its public name."""

    name = models.CharField(max_length=120, unique=True)
    max_output_tokens = models.PositiveIntegerField(default=32_768)
    context_tokens = models.PositiveIntegerField(default=200_000)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("model")

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """One way to serve a model. Lower priority first; within a priority by weight."""

    model = models.ForeignKey(AIModel, models.CASCADE, related_name="routes")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="routes")
    protocol = models.CharField(max_length=20, choices=Protocol)
    upstream_model = models.CharField(max_length=200)
    priority = models.PositiveSmallIntegerField(default=1)
    weight = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(10**6)]
    )
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("model", "provider", "protocol", "upstream_model", name="route_once")
        ]

    def __str__(self) -> str:
        return f"{self.model} → {self.provider} ({self.protocol})"


class PriceGroup(models.Model):
    """Customers who pay the same: the base price times a multiplier, unless a model has its own price."""

    name = models.CharField(max_length=80, unique=True)
    multiplier_ppm = models.PositiveIntegerField(
        default=PPM, help_text=_("Millionths: 1000000 is the base price.")
    )

    def __str__(self) -> str:
        return self.name


class PriceAssignment(models.Model):
    """The price group of an organization; without one it pays the base price."""

    organization = models.OneToOneField(Organization, models.CASCADE, primary_key=True)
    group = models.ForeignKey(PriceGroup, models.PROTECT)

    objects = ScopedManager["PriceAssignment"]()
    platform = PlatformManager["PriceAssignment"]()

    class Meta:
        default_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.group}"


class Price(models.Model):
    """One immutable price version. A change closes `valid_until` and opens the next version."""

    class Book(models.TextChoices):
        SELL = "sell", _("What customers pay")
        COST = "cost", _("What the provider bills")

    book = models.CharField(max_length=4, choices=Book)
    model = models.ForeignKey(AIModel, models.PROTECT, related_name="prices")
    group = models.ForeignKey(PriceGroup, models.PROTECT, null=True, blank=True)
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, blank=True)
    rates = models.JSONField(help_text=_("Pico-USD per unit, by meter."))
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(book="sell", provider=None) | models.Q(book="cost", group=None),
                name="groups_sell_and_providers_cost",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.book} from {self.valid_from:%Y-%m-%d %H:%M}"
