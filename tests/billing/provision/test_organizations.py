"""Organizations, their owners, credit and keys are brought about, once."""

import json
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings

from billing.charges.services import balance
from portal.accounts.models import User
from portal.keys import services as keys
from portal.keys.models import ApiKey
from portal.kit.redis import client
from portal.kit.scope import organization_scope
from portal.organizations import services as organizations
from portal.organizations.models import AuditEntry, Member, Organization, Role
from proxyapp import token
from proxyapp.snapshot import KeyFacts, decode_key
from proxyapp.store import key_name
from tests.support.stack import Stack

from .filing import fresh, provision, refused

LIMITS = "limits = { rpm = 60, concurrency = 4 }\nbudget = { total = 1.5 }"


class Tenant:
    """A file with one organization and one key, whose parts can be replaced."""

    def __init__(self) -> None:
        self.name, self.owner = fresh("Acme"), f"{fresh('owner')}@example.org"
        self.more = ""
        self.key = LIMITS

    def text(self) -> str:
        head = f'[[organizations]]\nname = "{self.name}"\nowner = "{self.owner}"\n{self.more}\n'
        return f'{head}[[organizations.keys]]\nname = "CI"\n{self.key}\n'

    @property
    def row(self) -> Organization:
        return Organization.platform.get(slug=self.name.lower())

    @property
    def issued(self) -> ApiKey:
        return ApiKey.platform.get(organization_id=self.row.pk, revoked_at=None)

    def published(self) -> KeyFacts:
        raw = client().get(key_name(self.issued.digest))
        assert isinstance(raw, bytes)
        return decode_key(raw)

    def revoke(self) -> None:
        with organization_scope(self.row.pk):
            keys.revoke(key=self.issued, actor=User.objects.get(email=self.owner))


@pytest.fixture
def tenant(stack: Stack, tmp_path: Path) -> Tenant:
    """An organization that has been brought about already."""
    made = Tenant()
    provision(tmp_path, made.text())
    return made


def test_it_works(stack: Stack, tmp_path: Path) -> None:
    tenant = Tenant()
    tenant.more = "credit = 12.5"
    printed = provision(tmp_path, tenant.text(), "--out", str(tmp_path / "out.json"))
    assert printed == [
        f"+ person {tenant.owner}",
        f"+ organization {tenant.name}",
        f"+ credit {tenant.name}: 12.50 USD",
        f"+ key {tenant.name}/CI",
    ]
    secret = json.loads((tmp_path / "out.json").read_text())["organizations"][tenant.name]["keys"]["CI"]
    assert tenant.issued.digest == token.digest(secret, settings.KEY_PEPPER)
    told = tenant.published()
    assert (told.rpm, told.concurrency, told.budget_total) == (60, 4, 1_500_000_000)


def test_a_second_run_changes_nothing(tenant: Tenant, tmp_path: Path) -> None:
    assert provision(tmp_path, tenant.text()) == ["nothing changed"]


def test_without_a_file_the_secret_is_shown_once(stack: Stack, tmp_path: Path) -> None:
    tenant = Tenant()
    shown = [line for line in provision(tmp_path, tenant.text()) if "sk_" in line]
    secret = shown[0].rpartition(" ")[2]
    assert tenant.issued.digest == token.digest(secret, settings.KEY_PEPPER)
    assert "sk_" not in str(provision(tmp_path, tenant.text()))


def test_a_new_owner_has_a_proven_address_and_no_password(tenant: Tenant) -> None:
    owner = User.objects.get(email=tenant.owner)
    assert not owner.has_usable_password()
    assert EmailAddress.objects.get(user=owner).verified


def test_a_person_who_is_there_becomes_owner(stack: Stack, alice: User, tmp_path: Path) -> None:
    tenant = Tenant()
    tenant.owner = alice.email.upper()
    provision(tmp_path, tenant.text())
    with organization_scope(tenant.row.pk):
        assert Member.objects.get(user=alice).role == Role.OWNER


def test_an_owner_who_never_proved_the_address_is_mentioned(
    stack: Stack, alice: User, tmp_path: Path
) -> None:
    tenant = Tenant()
    tenant.owner = alice.email
    warning = f"! {tenant.name} belongs to whoever signed up as {alice.email}: the address is not confirmed"
    assert warning in provision(tmp_path, tenant.text())


def test_a_proven_second_address_finds_the_person(stack: Stack, alice: User, tmp_path: Path) -> None:
    tenant = Tenant()
    EmailAddress.objects.create(user=alice, email=tenant.owner, verified=True)
    assert f"+ person {tenant.owner}" not in provision(tmp_path, tenant.text())


def test_another_owner_joins_the_first(tenant: Tenant, tmp_path: Path) -> None:
    first, tenant.owner = tenant.owner, f"{fresh('owner')}@example.org"
    printed = provision(tmp_path, tenant.text())
    assert printed == [f"+ person {tenant.owner}", f"+ owner {tenant.name}: {tenant.owner}"]
    with organization_scope(tenant.row.pk):
        owners = set(Member.objects.filter(role=Role.OWNER).values_list("user__email", flat=True))
    assert owners == {first, tenant.owner}


def test_a_member_is_made_owner(tenant: Tenant, alice: User, tmp_path: Path) -> None:
    with organization_scope(tenant.row.pk):
        Member.objects.create(user=alice, role=Role.VIEWER)
    tenant.owner = alice.email
    provision(tmp_path, tenant.text())
    with organization_scope(tenant.row.pk):
        assert Member.objects.get(user=alice).role == Role.OWNER


def test_a_stranger_cannot_take_the_place_of_an_organization(
    stack: Stack, alice: User, tmp_path: Path
) -> None:
    tenant = Tenant()
    alice.name = tenant.name
    squatter = organizations.found_personal(owner=alice)
    provision(tmp_path, tenant.text())
    assert tenant.row.pk != squatter.pk


def test_credit_is_raised_by_the_difference(tenant: Tenant, tmp_path: Path) -> None:
    before = balance(tenant.row.pk).credited
    tenant.more = "credit = 10"
    assert provision(tmp_path, tenant.text()) == [f"+ credit {tenant.name}: 10.00 USD"]
    tenant.more = 'credit = "10.25"'
    assert provision(tmp_path, tenant.text()) == [f"+ credit {tenant.name}: 0.25 USD"]
    assert provision(tmp_path, tenant.text()) == ["nothing changed"]
    assert balance(tenant.row.pk).credited - before == 10_250_000_000


def test_credit_is_never_lowered(tenant: Tenant, tmp_path: Path) -> None:
    tenant.more = "credit = 10"
    provision(tmp_path, tenant.text())
    tenant.more = "credit = 9.99"
    complaint = refused(tmp_path, tenant.text())
    assert "organizations[0].credit: 10.00 USD have been granted already" in complaint


def test_enforcement_is_changed_for_every_key(tenant: Tenant, tmp_path: Path) -> None:
    assert tenant.published().enforcement == "hard"
    tenant.more = 'enforcement = "relaxed"'
    assert provision(tmp_path, tenant.text()) == [f"~ organization {tenant.name}: relaxed"]
    assert tenant.published().enforcement == "relaxed"


def test_enforcement_that_is_not_mentioned_stays(tenant: Tenant, tmp_path: Path) -> None:
    tenant.more = 'enforcement = "relaxed"'
    provision(tmp_path, tenant.text())
    tenant.more = ""
    assert provision(tmp_path, tenant.text()) == ["nothing changed"]


def test_limits_are_changed(tenant: Tenant, tmp_path: Path) -> None:
    tenant.key = "limits = { rpm = 10 }\nbudget = { total = 2 }"
    assert provision(tmp_path, tenant.text()) == [f"~ key {tenant.name}/CI: limits"]
    told = tenant.published()
    assert (told.rpm, told.concurrency, told.budget_total) == (10, None, 2_000_000_000)


def test_limits_that_are_not_mentioned_stay(tenant: Tenant, tmp_path: Path) -> None:
    tenant.key = ""
    assert provision(tmp_path, tenant.text()) == ["nothing changed"]


def test_empty_tables_lift_all_limits(tenant: Tenant, tmp_path: Path) -> None:
    tenant.key = "limits = {}\nbudget = {}"
    provision(tmp_path, tenant.text())
    told = tenant.published()
    assert (told.rpm, told.concurrency, told.budget_total) == (None, None, None)


def test_a_revoked_key_is_followed_by_a_new_one(tenant: Tenant, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text(json.dumps({"organizations": {tenant.name: {"keys": {"CI": "old", "Other": "kept"}}}}))
    tenant.revoke()
    assert provision(tmp_path, tenant.text(), "--out", str(out)) == [f"+ key {tenant.name}/CI"]
    held = json.loads(out.read_text())["organizations"][tenant.name]["keys"]
    assert tenant.issued.digest == token.digest(held["CI"], settings.KEY_PEPPER)
    assert held["Other"] == "kept"


def test_what_was_done_is_in_the_diary(tenant: Tenant, tmp_path: Path) -> None:
    tenant.more = 'enforcement = "relaxed"'
    tenant.key = "limits = {}"
    provision(tmp_path, tenant.text())
    with organization_scope(tenant.row.pk):
        actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"organization.founded", "key.issued", "key.limited", "organization.enforcement"} <= actions
