"""Bringing about one organization of a document: itself, its owner, its credit, its keys."""

from collections.abc import Callable

from django.db import transaction

from billing.charges import services as charges
from billing.ledger.locks import wait_alone
from billing.management.provision import document
from billing.management.provision.catalogue import LOCK, Tell
from billing.management.provision.people import is_proven, person
from portal.accounts.models import User
from portal.keys import services as keys
from portal.keys.models import ApiKey
from portal.kit import outbox
from portal.kit.scope import organization_scope
from portal.organizations import audit
from portal.organizations import services as organizations
from portal.organizations.models import Member, Organization, Role
from proxyapp.money import format_usd

Keep = Callable[[str, str, str], None]
"""Is given organization, name and secret of every new key, before the key is committed: a key that exists
never has a secret that nobody knows."""

_UNLIMITED = (None, None, None)


def apply_organization(wanted: document.Organization, tell: Tell, keep: Keep) -> None:
    """Bring about one organization. Each step commits for itself and finds what is there already, so that an
    interrupted run is finished by the next one."""
    row, owner = _found(wanted, tell)
    if wanted.credit is not None:
        # After the organization's own commit: credit is booked by the platform role.
        raised = charges.provision_credit(organization_id=row.pk, total=wanted.credit)
        if raised:
            tell(f"+ credit {wanted.name}: {format_usd(raised)} USD")
    with organization_scope(row.pk):
        wait_alone(LOCK, using="default")
        _own(row, owner, wanted, tell)
        _enforce(row, wanted, tell)
        for key in wanted.keys:
            _key(wanted.name, key, owner, tell, keep)


@transaction.atomic
def _found(wanted: document.Organization, tell: Tell) -> tuple[Organization, User]:
    wait_alone(LOCK, using="default")
    owner, is_new = person(wanted.owner)
    if is_new:
        tell(f"+ person {owner.email}")
    row = Organization.platform.filter(slug=wanted.slug).first()
    if row is None:
        row = organizations.found(name=wanted.name, slug=wanted.slug, owner=owner)
        tell(f"+ organization {wanted.name}")
        _mention_unproven(owner, wanted, tell)
    return row, owner


def _mention_unproven(owner: User, wanted: document.Organization, tell: Tell) -> None:
    if not is_proven(owner, wanted.owner):
        tell(f"! {wanted.name} belongs to whoever signed up as {wanted.owner}: the address is not confirmed")


def _own(row: Organization, owner: User, wanted: document.Organization, tell: Tell) -> None:
    member = Member.objects.filter(user=owner).first()
    if member and member.role == Role.OWNER:
        return
    if member:
        member.role = Role.OWNER
        member.save(update_fields=["role"])
    else:
        member = Member.objects.create(user=owner, role=Role.OWNER)
    audit.record(None, "member.owner", member)
    tell(f"+ owner {wanted.name}: {owner.email}")
    _mention_unproven(owner, wanted, tell)


def _enforce(row: Organization, wanted: document.Organization, tell: Tell) -> None:
    if wanted.enforcement in (None, row.enforcement):
        return
    present = Organization.objects.get(pk=row.pk)
    present.enforcement = wanted.enforcement
    present.save(update_fields=["enforcement"])
    audit.record(None, "organization.enforcement", present, enforcement=wanted.enforcement)
    for key_id in ApiKey.objects.filter(revoked_at=None).values_list("pk", flat=True):
        outbox.enqueue(keys.TOPIC, key_id)  # the gateway learns it with each key
    tell(f"~ organization {row.name}: {wanted.enforcement}")


def _key(organization: str, wanted: document.Key, owner: User, tell: Tell, keep: Keep) -> None:
    """The oldest key of that name which is not revoked, or a new one."""
    key = ApiKey.objects.filter(name=wanted.name, revoked_at=None).order_by("pk").first()
    rpm, concurrency, budget = before = (key.rpm, key.concurrency, key.budget_total) if key else _UNLIMITED
    if wanted.limits:
        rpm, concurrency = wanted.limits.rpm, wanted.limits.concurrency
    if wanted.budget:
        budget = wanted.budget.total
    if key is None:
        issued = keys.issue(
            name=wanted.name, actor=owner, rpm=rpm, concurrency=concurrency, budget_total=budget
        )
        tell(f"+ key {organization}/{wanted.name}")
        keep(organization, wanted.name, issued.secret)
    elif (rpm, concurrency, budget) != before:
        keys.limit(key=key, rpm=rpm, concurrency=concurrency, budget_total=budget, actor=None)
        tell(f"~ key {organization}/{wanted.name}: limits")
