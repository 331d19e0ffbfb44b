"""The days that a report covers: whole days in UTC, the present one included."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

LENGTHS = (7, 30, 90)
_USUAL = 30


@dataclass(frozen=True, slots=True)
class Period:
    """`length` days that end with `today`."""

    length: int
    today: date

    @property
    def days(self) -> list[date]:
        return [self.today - timedelta(days=back) for back in reversed(range(self.length))]

    @property
    def since(self) -> datetime:
        """The first moment of the first day."""
        return midnight(self.days[0])


def period(text: str | None) -> Period:
    """The period of an address; the usual one where it names none of `LENGTHS`."""
    length = next((length for length in LENGTHS if str(length) == text), _USUAL)
    return Period(length, timezone.now().astimezone(UTC).date())


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))
