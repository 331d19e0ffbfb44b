"""What was used and what it cost. Every figure is of the organization in scope."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from billing.charges.models import Grant
from billing.ledger.models import Account
from billing.reports import calls, figures, statement, sums, wallet
from billing.reports.period import LENGTHS, period
from billing.reports.sums import Selection
from portal.catalogue.models import AIModel
from portal.keys.models import ApiKey
from portal.kit.htmx import render_part
from portal.organizations.access import InsideRequest, members_only, sees_billing

_MOST_KEYS = 200


@require_GET
@members_only()
def usage(request: InsideRequest) -> HttpResponse:
    key, model = _chosen_key(request), _chosen_model(request)
    selection = Selection(
        period(request.GET.get("days")), key.pk if key else None, model.pk if model else None
    )
    measure = request.GET.get("show")
    measure = measure if measure in figures.MEASURES else figures.MEASURES[0]
    by_model = sums.by_model(selection)
    today, month = sums.spent(selection)
    context = {
        "as_of": timezone.now(),
        "lengths": LENGTHS,
        "measure": measure,
        "selection": selection,
        "key": key,
        "model": model,
        "today": today,
        "month": month,
        "totals": sums.totals(selection),
        "chart": figures.chart(selection, measure, {row["id"]: row["name"] for row in by_model}),
        "by_key": sums.by_key(selection),
        "by_model": by_model,
        "calls": calls.latest(selection),
    }
    return render_part(request, "usage/index.html", "report", context)


@require_GET
@members_only(sees_billing)
def billing(request: InsideRequest) -> HttpResponse:
    live = wallet.live(request.member.organization_id)
    accounts = list(Account.objects.all())
    settled = statement.settled(accounts)
    context = {
        "as_of": timezone.now(),
        "live": live,
        "settled": settled,
        "unposted": settled - live.available - live.held if live else 0,
        "grants": Grant.objects.select_related("account"),
        "statement": statement.read(accounts, request.GET.get("before", "")),
        "is_first_page": "before" not in request.GET,
    }
    return render(request, "billing/index.html", context)


@require_GET
@members_only()
def key_spend(request: InsideRequest) -> HttpResponse:
    """What each of `?keys=1,2` spent, for the list of keys: it cannot ask us otherwise."""
    named = request.GET.get("keys", "").split(",")[:_MOST_KEYS]
    asked = [key_id for key_id in map(_number, named) if key_id]
    spent = sums.by_key_ever(asked, timezone.now().date())
    rows = [(key_id, *spent.get(key_id, (0, 0))) for key_id in asked]
    return render(request, "billing/key_spend.html", {"rows": rows})


def _chosen_key(request: InsideRequest) -> ApiKey | None:
    chosen = request.GET.get("key")
    return get_object_or_404(ApiKey, pk=_number(chosen)) if chosen else None


def _chosen_model(request: InsideRequest) -> AIModel | None:
    chosen = request.GET.get("model")
    return get_object_or_404(AIModel, pk=_number(chosen)) if chosen else None


def _number(text: str) -> int:
    """A row's id as an address has it; no row has 0."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
