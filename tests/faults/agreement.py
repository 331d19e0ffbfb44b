"""The one check that follows every fault: nothing lost, nothing doubled, nothing held, no long wait."""

from typing import cast

from django.db.models import Count, QuerySet, Sum

from billing.charges.services import balance
from billing.ledger.proof import prove
from billing.usage.models import UsageEvent, UsageRollup
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.store import wallet_name
from tests.faults.load import LONGEST, Answers
from tests.support.waiting import eventually


def assert_nothing_lost(
    organization: Organization, answers: Answers, seconds: float = 30, longest: float = LONGEST
) -> None:
    """Every answered call is booked once; no hold is left; Redis, events, roll-ups and ledger agree."""
    assert answers.slowest <= longest
    events = UsageEvent.platform.filter(organization=organization)

    def booked() -> set[str]:
        return {call_id.hex for call_id in events.values_list("call_id", flat=True)}

    eventually(lambda: set(answers.answered) <= booked(), seconds)
    eventually(lambda: _wallet(organization)["held"] == 0, seconds)
    twice = events.values("call_id").annotate(times=Count("call_id")).filter(times__gt=1)
    assert not twice.exists()
    eventually(lambda: _agrees(organization), seconds)
    assert prove() == []


def _agrees(organization: Organization) -> bool:
    charged = UsageEvent.platform.filter(organization=organization).aggregate(all=Sum("charged"))["all"] or 0
    days = UsageRollup.platform.filter(organization=organization, grain=UsageRollup.Grain.DAY)
    wallet = _wallet(organization)
    sums = {charged, balance(organization.pk).spent, wallet["spent"], _sum(days)}
    return len(sums) == 1 and wallet["avail"] == wallet["credited"] - wallet["spent"] - wallet["held"]


def _sum(rollups: "QuerySet[UsageRollup]") -> int:
    return int(rollups.aggregate(all=Sum("charged"))["all"] or 0)


def _wallet(organization: Organization) -> dict[str, int]:
    fields = cast(dict[bytes, bytes], client().hgetall(wallet_name(organization.pk)))
    return {"held": -1, "spent": -1, "avail": 0, "credited": 0} | {
        name.decode(): int(amount) for name, amount in fields.items()
    }
