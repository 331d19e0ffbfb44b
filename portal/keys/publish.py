"""Tells the gateway what a key may do."""

from portal.catalogue.models import PriceAssignment
from portal.keys.models import ApiKey
from portal.keys.services import TOPIC
from portal.kit import outbox
from portal.kit.redis import client
from proxyapp.snapshot import KeyFacts
from proxyapp.store import publish_key


def register() -> None:
    outbox.register(TOPIC, publish)


def publish(key_id: str) -> None:
    """Publish one key by id, in its present state."""
    publish_row(ApiKey.platform.select_related("organization").get(pk=int(key_id)))


def publish_row(key: ApiKey) -> None:
    group = PriceAssignment.platform.filter(organization_id=key.organization_id).first()
    facts = KeyFacts(
        key_id=key.pk,
        organization_id=key.organization_id,
        user_id=key.created_by_id,
        status=key.status,
        expires_at=key.expires_at.timestamp() if key.expires_at else None,
        enforcement="relaxed" if key.organization.enforcement == "relaxed" else "hard",
        price_group_id=group.group_id if group else 0,
        rpm=key.rpm,
        concurrency=key.concurrency,
        budget_total=key.budget_total,
    )
    publish_key(client(), key.digest, facts)
