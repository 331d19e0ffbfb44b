"""Words can be read and controls can be seen, in both themes (WCAG 2.2 AA)."""

import re
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.portal.pages.po import CHECKOUT

CSS = (CHECKOUT / "portal/static/css/tollgate.css").read_text()
TEXT, CONTROL = Fraction(9, 2), Fraction(3)
GROUNDS = ("ground", "surface", "sunken")
PAIRS = [
    *((word, ground, TEXT) for word in ("ink", "ink-soft", "accent", "wrong") for ground in GROUNDS),
    *(("on-fill", fill, TEXT) for fill in ("accent-fill", "accent-deep", "wrong-fill", "wrong-deep")),
    ("ink", "wrong-wash", TEXT),
    *((word, "accent-wash", TEXT) for word in ("ink", "ink-soft", "accent")),
    ("wrong", "wrong-wash", CONTROL),
    *(("edge", ground, CONTROL) for ground in GROUNDS),
    *(("accent", ground, CONTROL) for ground in GROUNDS),
]


def colour(name: str, dark: bool) -> str:
    pair = re.search(rf"--{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", CSS)
    if pair:
        return pair[2 if dark else 1]
    plain = re.search(rf"--{name}: (#\w{{6}});", CSS)
    assert plain, name
    return plain[1]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_it_works() -> None:
    assert round(contrast("#000000", "#ffffff")) == 21


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_it_is_enough(front: str, back: str, least: Fraction, dark: bool) -> None:
    assert contrast(colour(front, dark), colour(back, dark)) >= least


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_neighbours_in_a_chart_differ(dark: bool) -> None:
    shades = [luminance(colour(f"s{n}", dark)) for n in range(6)]
    assert all(abs(one - other) > 0.02 for one, other in pairwise(shades))
