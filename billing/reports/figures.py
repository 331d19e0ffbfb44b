"""The chart of the usage page: money by model, tokens by kind, or calls by how they ended."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.reports import sums
from billing.reports.sums import Selection
from portal.kit import display
from portal.kit.charts import Series, StackedBars, ticks

MEASURES = ("spend", "tokens", "calls")
_COLOURS = 5  # the sixth is for the rest


def chart(selection: Selection, measure: str, names: dict[int, str]) -> StackedBars:
    """`names` are the models' names by id, the dearest first."""
    days = selection.period.days
    series, write = _DRAWN[measure](selection, days, names)
    return StackedBars(
        labels=[date_format(day, "DATE_FORMAT") for day in days],
        ticks=ticks([date_format(day, pgettext("short date format", "j M")) for day in days]),
        series=series,
        write=write,
    )


Drawn = tuple[list[Series], Callable[[int], str]]


def _spend(selection: Selection, days: list[date], names: dict[int, str]) -> Drawn:
    spent = sums.by_day_and_model(selection)
    shown = list(names)[:_COLOURS]
    series = [
        Series(names[model], [spent.get((day, model), 0) for day in days], f"s{n}")
        for n, model in enumerate(shown)
    ]
    rest: dict[date, int] = defaultdict(int)
    for (day, model), amount in spent.items():
        if model not in shown:
            rest[day] += amount
    if rest:
        series.append(Series(_("Other models"), [rest[day] for day in days], "s5"))
    return series, display.exact_usd


def _tokens(selection: Selection, days: list[date], names: dict[int, str]) -> Drawn:
    found = sums.by_day(
        selection,
        fresh="input",
        cached="cache_read",
        stored=F("cache_write_5m") + F("cache_write_1h"),
        written="output",
    )
    kinds = {
        "fresh": _("Input"),
        "cached": _("Cache read"),
        "stored": _("Cache write"),
        "written": _("Output"),
    }
    return [
        Series(name, [found.get(day, {}).get(kind, 0) for day in days], f"s{n}")
        for n, (kind, name) in enumerate(kinds.items())
    ], display.compact


def _calls(selection: Selection, days: list[date], names: dict[int, str]) -> Drawn:
    found = sums.by_day(selection, made="events", failed="errors")
    failed = [found.get(day, {}).get("failed", 0) for day in days]
    made = [found.get(day, {}).get("made", 0) for day in days]
    clean = [all_ - wrong for all_, wrong in zip(made, failed, strict=True)]
    return [Series(_("Succeeded"), clean, "s0"), Series(_("Failed"), failed, "bad")], display.compact


_DRAWN: dict[str, Callable[[Selection, list[date], dict[int, str]], Drawn]] = {
    "spend": _spend,
    "tokens": _tokens,
    "calls": _calls,
}
