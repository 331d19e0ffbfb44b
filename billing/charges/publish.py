"""Tells the gateway what an organization may spend."""

from billing.charges import services
from billing.charges.services import WALLET
from portal.kit import outbox
from portal.kit.redis import client
from portal.organizations.services import TOPIC as ORGANIZATION
from proxyapp.limits.publish import publish_credit


def register() -> None:
    outbox.register(ORGANIZATION, welcome)
    outbox.register(WALLET, publish)


def welcome(organization_id: str) -> None:
    """Give a new organization its first credit; without any, its wallet is published empty."""
    services.welcome(organization_id=int(organization_id))
    outbox.enqueue(WALLET, organization_id, using="platform")


def publish(organization_id: str) -> None:
    """Publish the credit of one organization by id, in its present state."""
    credit = services.balance(int(organization_id))
    publish_credit(client(), int(organization_id), credit.credited, credit.spent)
