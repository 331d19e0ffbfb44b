"""Founding organizations and joining them."""

import secrets

from django.db import connection, transaction
from django.utils.text import slugify

from portal.accounts.models import User
from portal.kit import outbox
from portal.kit.scope import organization_scope
from portal.organizations import audit
from portal.organizations.models import Member, Organization, Role

FOUNDED = "organization"
SIGNED_UP = "sign-up"
"""Outbox topics: there is a new organization; and it came with a person who signed up."""

_LONGEST_NAME = 80
"""Of a person in the name of their organization: addresses may be longer than that is."""


def found_personal(*, owner: User) -> Organization:
    """The organization that every person has from sign-up on."""
    whose = owner.display_name[:_LONGEST_NAME]
    slug = f"{slugify(whose) or 'team'}-{secrets.token_hex(3)}"
    return found(name=f"{whose}'s organization", slug=slug, owner=owner, signed_up=True)


@transaction.atomic
def found(
    *, name: str, slug: str, owner: User, actor: User | None = None, signed_up: bool = False
) -> Organization:
    """A new organization with its owner. What follows from it, such as credit, follows by the outbox.

    `signed_up`: its owner came by themselves, and is welcomed as such.
    """
    with connection.cursor() as cursor:  # its own id is its scope, so it must be known before the row
        cursor.execute("SELECT nextval(pg_get_serial_sequence('organizations_organization', 'id'))")
        (organization_id,) = cursor.fetchone()
    with organization_scope(organization_id):
        organization = Organization(id=organization_id, name=name, slug=slug)
        organization.save(force_insert=True)
        Member.objects.create(user=owner, role=Role.OWNER)
        audit.record(actor or owner, "organization.founded", organization)
        outbox.enqueue(FOUNDED, organization_id)
        if signed_up:
            outbox.enqueue(SIGNED_UP, organization_id)
    return organization
