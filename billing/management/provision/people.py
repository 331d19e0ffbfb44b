"""The people that a file names by their e-mail address."""

from allauth.account.models import EmailAddress
from django.db import transaction

from portal.accounts.models import User


@transaction.atomic
def person(address: str) -> tuple[User, bool]:
    """Whoever has this address, and whether they are new.

    A new person has no password, and sets one through “Forgot password”: that, too, proves the address.
    """
    known = User.objects.filter(email__iexact=address).first()
    if known is None:
        second = EmailAddress.objects.filter(email__iexact=address, verified=True).first()
        known = second.user if second else None
    if known is not None:
        return known, False
    created = User.objects.create_user(address)
    EmailAddress.objects.create(user=created, email=created.email, verified=True, primary=True)
    return created, True


def is_proven(user: User, address: str) -> bool:
    """Whether the person has shown that the address is theirs."""
    return bool(EmailAddress.objects.filter(user=user, email__iexact=address, verified=True).exists())
