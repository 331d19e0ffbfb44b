"""Tells the gateway what an organization may spend."""

from billing.charges import services
from billing.charges.services import WALLET
from portal.kit import outbox
from portal.kit.redis import client
from portal.organizations.services import FOUNDED, SIGNED_UP
from proxyapp.limits.publish import publish_credit


def register() -> None:
    outbox.register(FOUNDED, open_wallet)
    outbox.register(SIGNED_UP, welcome)
    outbox.register(WALLET, publish)


def open_wallet(organization_id: str) -> None:
    """A new organization has a wallet from the start, if an empty one."""
    outbox.enqueue(WALLET, organization_id, using="platform")


def welcome(organization_id: str) -> None:
    """Give its first credit to the organization of somebody who signed up."""
    services.welcome(organization_id=int(organization_id))


def publish(organization_id: str) -> None:
    """Publish the credit of one organization by id, in its present state."""
    credit = services.balance(int(organization_id))
    publish_credit(client(), int(organization_id), credit.credited, credit.spent)
