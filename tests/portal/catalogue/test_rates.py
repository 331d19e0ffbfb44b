"""Prices as people write them, and the rates that are stored."""

from decimal import Decimal

import pytest

from portal.catalogue import rates
from proxyapp.usage import METERS


def usd(**amounts: str) -> dict[str, Decimal]:
    return {field: Decimal(amount) for field, amount in amounts.items()}


def test_it_works() -> None:
    assert rates.from_usd(usd(input="3", output="15", cache_read="0.3")) == {
        "input": 3_000_000,
        "cache_read": 300_000,
        "cache_write_5m": 3_000_000,
        "cache_write_1h": 3_000_000,
        "output": 15_000_000,
        "images": 0,
        "seconds": 0,
        "characters": 0,
        "calls": 0,
    }


def test_every_meter_has_a_rate() -> None:
    assert set(rates.from_usd(usd(per_call="0.01"))) == set(METERS)


def test_a_price_per_call_may_stand_alone() -> None:
    assert rates.from_usd(usd(per_call="0.01")) == dict.fromkeys(METERS, 0) | {"calls": 10_000_000_000}


@pytest.mark.parametrize(
    ("field", "meter", "rate"),
    [
        ("per_image", "images", 40_000_000_000),
        ("per_second", "seconds", 40_000_000_000),
        ("characters", "characters", 40_000),
    ],
)
def test_pictures_sound_film_and_speech_have_prices_of_their_own(field: str, meter: str, rate: int) -> None:
    assert rates.from_usd(usd(**{field: "0.04"})) == dict.fromkeys(METERS, 0) | {meter: rate}


def test_a_version_older_than_a_meter_asks_nothing_for_it() -> None:
    older = {meter: 1 for meter in METERS if meter != "images"}
    assert rates.complete(older) == older | {"images": 0}
    assert rates.to_usd(older)["per_image"] == 0


def test_an_explicit_zero_is_kept() -> None:
    assert rates.from_usd(usd(input="3", output="15", cache_read="0"))["cache_read"] == 0


@pytest.mark.parametrize(("given", "missing"), [("input", "output"), ("output", "input")])
def test_half_a_price_is_refused(given: str, missing: str) -> None:
    with pytest.raises(rates.PriceRefused) as refusal:
        rates.from_usd(usd(**{given: "1"}))
    assert list(refusal.value.problems) == [missing]


def test_a_cache_price_alone_is_refused() -> None:
    with pytest.raises(rates.PriceRefused) as refusal:
        rates.from_usd(usd(cache_read="1", per_call="1"))
    assert list(refusal.value.problems) == ["input", "output"]


def test_no_price_at_all_is_refused() -> None:
    with pytest.raises(rates.PriceRefused, match="names no price"):
        rates.from_usd({})


def test_an_amount_that_is_too_fine_is_refused_by_its_name() -> None:
    with pytest.raises(rates.PriceRefused) as refusal:
        rates.from_usd(usd(input="1", output="0.0000001"))
    assert list(refusal.value.problems) == ["output"]


def test_the_way_back_is_exact() -> None:
    written = usd(input="0.123456", output="7", cache_read="0", per_call="0.000000000001")
    assert {**rates.to_usd(rates.from_usd(written)), **written} == rates.to_usd(rates.from_usd(written))


def test_people_read_what_is_not_zero() -> None:
    assert rates.text(rates.from_usd(usd(per_call="0.01"))) == "per_call 0.01"


def test_people_read_when_nothing_is_charged() -> None:
    assert rates.text(rates.from_usd(usd(per_call="0"))) == "free"
