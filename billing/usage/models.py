"""What was used: one row per call, append-only, and sums of those rows for the pages."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from portal.catalogue.models import AIModel
from portal.keys.models import ApiKey
from portal.kit.scope import PlatformManager, ScopedManager
from portal.organizations.models import Organization


class TokenCounters(models.Model):
    """The usage vector as columns; see `proxyapp.usage.TokenUsage` for what each counts."""

    input = models.BigIntegerField(default=0)
    cache_read = models.BigIntegerField(default=0)
    cache_write_5m = models.BigIntegerField(default=0)
    cache_write_1h = models.BigIntegerField(default=0)
    output = models.BigIntegerField(default=0)
    reasoning = models.BigIntegerField(default=0)
    calls = models.BigIntegerField(default=0)
    images = models.BigIntegerField(default=0)
    seconds = models.BigIntegerField(default=0)
    characters = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class UsageEvent(TokenCounters):
    """One call. Partitioned by month of `occurred_at`, which is the time inside `call_id`: a replay of the
    same event always meets its first copy. Amounts are nano-USD."""

    class Kind(models.IntegerChoices):
        USAGE = 0
        ADJUSTMENT = 1

    pk = models.CompositePrimaryKey("organization_id", "occurred_at", "call_id")
    organization = models.ForeignKey(Organization, models.DO_NOTHING, db_constraint=False, related_name="+")
    occurred_at = models.DateTimeField()
    call_id = models.UUIDField()
    kind = models.SmallIntegerField(choices=Kind, default=Kind.USAGE)
    adjusts = models.UUIDField(null=True)
    key = models.ForeignKey(ApiKey, models.DO_NOTHING, db_constraint=False, related_name="+")
    user_id = models.BigIntegerField()
    model = models.ForeignKey(AIModel, models.DO_NOTHING, db_constraint=False, related_name="+")
    model_name = models.CharField(max_length=120)
    protocol = models.CharField(max_length=20)
    provider_id = models.BigIntegerField()
    route_id = models.BigIntegerField()
    credential_id = models.BigIntegerField()
    stream = models.BooleanField()
    status = models.SmallIntegerField()
    outcome = models.CharField(max_length=16)
    error = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=10)
    sell_price_id = models.BigIntegerField()
    cost_price_id = models.BigIntegerField()
    multiplier_ppm = models.IntegerField()
    held = models.BigIntegerField()
    amount = models.BigIntegerField()
    charged = models.BigIntegerField()
    cost = models.BigIntegerField()
    latency_ms = models.IntegerField()
    first_output_ms = models.IntegerField()
    attempts = models.JSONField(default=list)
    recorded_at = models.DateTimeField()

    objects = ScopedManager["UsageEvent"]()
    platform = PlatformManager["UsageEvent"]()

    class Meta:
        default_manager_name = "objects"

    def __str__(self) -> str:
        return self.call_id.hex


class UsageRollup(TokenCounters):
    """Sums per grain, bucket, key, model and provider. Histograms because percentiles do not add."""

    class Grain(models.IntegerChoices):
        MINUTE = 1
        HOUR = 2
        DAY = 3

    pk = models.CompositePrimaryKey("organization_id", "grain", "bucket", "key_id", "model_id", "provider_id")
    organization = models.ForeignKey(Organization, models.DO_NOTHING, db_constraint=False, related_name="+")
    grain = models.SmallIntegerField(choices=Grain)
    bucket = models.DateTimeField()
    key = models.ForeignKey(ApiKey, models.DO_NOTHING, db_constraint=False, related_name="+")
    model = models.ForeignKey(AIModel, models.DO_NOTHING, db_constraint=False, related_name="+")
    provider_id = models.BigIntegerField()
    events = models.BigIntegerField()
    errors = models.BigIntegerField()
    attempts = models.BigIntegerField()
    amount = models.BigIntegerField()
    charged = models.BigIntegerField()
    cost = models.BigIntegerField()
    latency = ArrayField(models.BigIntegerField())
    first_output = ArrayField(models.BigIntegerField())

    objects = ScopedManager["UsageRollup"]()
    platform = PlatformManager["UsageRollup"]()

    class Meta:
        default_manager_name = "objects"
        indexes = [models.Index(fields=["grain", "bucket"], name="usage_rollup_by_time")]

    def __str__(self) -> str:
        return f"{self.grain} {self.bucket:%Y-%m-%d %H:%M}"
