"""What usage does to grants, receivables and the platform's own accounts."""

from billing.charges.models import Grant
from billing.charges.services import balance, grant
from billing.ledger.models import Account, Transfer
from billing.ledger.post import account, post
from portal.organizations.models import Organization
from tests.billing.charges.test_grant import WELCOME, provision
from tests.billing.given import drained, event


def left(given: Grant) -> int:
    return Account.platform.get(pk=given.account_id).balance


def welcome_of(organization: Organization) -> Grant:
    return Grant.platform.get(organization=organization, kind=Grant.Kind.WELCOME)


def empty(organization: Organization) -> None:
    """Spend the welcome grant."""
    drained(event(organization, amount=WELCOME, charged=WELCOME))


def test_it_works(acme: Organization) -> None:
    drained(event(acme), event(acme))
    assert left(welcome_of(acme)) == WELCOME - 2_000
    assert balance(acme.pk).spent == 2_000
    assert balance(acme.pk).available == WELCOME - 2_000


def test_a_batch_is_one_transfer(acme: Organization) -> None:
    facts = [event(acme) for _ in range(5)]
    drained(facts[0])
    drained(*facts)
    usage = Transfer.platform.filter(organization=acme, reason=Transfer.Reason.USAGE)
    assert sum(usage.values_list("amount", flat=True)) == 5_000


def test_grants_burn_in_their_order(acme: Organization) -> None:
    empty(acme)
    late = provision(acme, 700, priority=60)
    first = provision(acme, 300, priority=10)
    drained(event(acme, amount=500, charged=500))
    assert (left(first), left(late)) == (0, 500)


def test_what_no_grant_covers_is_owed(acme: Organization) -> None:
    empty(acme)
    grant(organization_id=acme.pk, kind=Grant.Kind.PROVISIONED, amount=400)
    drained(event(acme))
    assert account(acme.pk, "receivable").balance == -600
    assert balance(acme.pk).available == -600


def test_what_is_held_of_a_grant_is_not_burnt(acme: Organization) -> None:
    empty(acme)
    given = provision(acme, 1_000)
    revenue = account(None, "revenue")
    hold = Transfer(
        debit=given.account, credit=revenue, amount=700, kind=Transfer.Kind.PENDING, reason="grant"
    )
    post([hold])
    drained(event(acme))
    assert account(acme.pk, "receivable").balance == -700
    post([Transfer(debit=given.account, credit=revenue, amount=0, kind=3, pending=hold, reason="grant")])


def test_an_overrun_is_ours(acme: Organization) -> None:
    drained(event(acme, amount=1_000, charged=400), event(acme, amount=50, charged=50))
    assert balance(acme.pk).spent == 450
    waived = Transfer.platform.get(reason=Transfer.Reason.OVERRUN, reference=f"organization {acme.pk}")
    assert (waived.debit.code, waived.credit.code, waived.amount) == ("overrun", "revenue", 600)


def test_a_tenant_does_not_see_what_we_waived_or_paid(acme: Organization) -> None:
    drained(event(acme, charged=400))
    reasons = set(Transfer.platform.filter(organization=acme).values_list("reason", flat=True))
    assert reasons == {"grant", "usage"}


def test_costs_are_booked_to_their_provider(acme: Organization) -> None:
    provider = 10**9 + acme.pk
    drained(event(acme, provider_id=provider, cost=600), event(acme, provider_id=provider, cost=25))
    assert account(None, f"cogs:{provider}").balance == -625
    assert account(None, f"payable:{provider}").balance == 625


def test_a_free_call_moves_nothing(acme: Organization) -> None:
    drained(event(acme, amount=0, charged=0, cost=0))
    assert not Transfer.platform.filter(organization=acme, reason=Transfer.Reason.USAGE).exists()
