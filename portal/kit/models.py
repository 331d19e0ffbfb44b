"""The outbox: what must still be told to Redis, written with the change itself, published after it."""

from django.db import models

from portal.kit.scope import PlatformManager


class OutboxRow(models.Model):
    """Something changed: `topic` names who publishes it, `key` which thing. Deleted once published."""

    topic = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = models.Manager()
    platform = PlatformManager["OutboxRow"]()

    class Meta:
        indexes = [models.Index(fields=["topic", "key"], name="kit_outboxr_topic_idx")]

    def __str__(self) -> str:
        return f"{self.topic}:{self.key}"
