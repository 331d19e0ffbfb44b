"""Alice, Bob, Vera and Charlie. Addresses differ from test to test, roles never do."""

import itertools
import os
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from portal.accounts.models import User
from portal.keys import services as keys
from portal.keys.models import ApiKey
from portal.kit.scope import organization_scope
from portal.organizations.models import Member, Organization, Role
from portal.organizations.services import found

PASSWORD = "correct horse battery staple"
_number = itertools.count(1)


def person(name: str) -> User:
    address = f"{name}-{os.getpid()}-{next(_number)}@example.org"
    return User.objects.create(email=address, password=_hashed(), name=name.title())


@cache
def _hashed() -> str:
    """As a sign-up would hash it, but once for all: it is made to take a fifth of a second."""
    return make_password(PASSWORD)


def organization(name: str, owner: User) -> Organization:
    """Founded by a sign-up: with the welcome credit of 5 USD."""
    slug = f"{name.lower()}-{os.getpid()}-{next(_number)}"
    return found(name=name, slug=slug, owner=owner, signed_up=True)


def joins(user: User, organization: Organization, role: Role) -> User:
    with organization_scope(organization.pk):
        Member.objects.create(user=user, role=role)
    return user


def key(organization: Organization, actor: User, **limits: Any) -> str:
    """Issue a key and give its plain text."""
    return issue(organization, actor, **limits).secret


def issue(organization: Organization, actor: User, **limits: Any) -> keys.Issued:
    with organization_scope(organization.pk):
        return keys.issue(name="Test key", actor=actor, **limits)


def revoke(issued: ApiKey, actor: User) -> None:
    with organization_scope(issued.organization_id):
        keys.revoke(key=issued, actor=actor)
