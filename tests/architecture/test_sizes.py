"""Small files, small functions."""

from pathlib import Path
from statistics import median

from tests.architecture.source import functions, length, modules, name

MOST_LINES = 400
MEDIAN_LINES = 80
MOST_FUNCTION_LINES = 60
MEDIAN_FUNCTION_LINES = 10


def test_it_works() -> None:
    assert len(modules()) > 50


def test_no_file_is_too_long() -> None:
    long = {name(path): lines for path in modules() if (lines := _lines(path)) > MOST_LINES}
    assert not long


def test_no_test_file_is_too_long() -> None:
    long = {name(path): lines for path in modules("tests") if (lines := _lines(path)) > MOST_LINES}
    assert not long


def test_the_usual_file_is_short() -> None:
    assert median(_lines(path) for path in modules() if _lines(path)) <= MEDIAN_LINES


def test_no_function_is_too_long() -> None:
    long = {
        f"{name(path)}:{node.name}": length(node)
        for path in modules()
        for node in functions(path)
        if length(node) > MOST_FUNCTION_LINES
    }
    assert not long


def test_the_usual_function_is_short() -> None:
    assert median(length(node) for path in modules() for node in functions(path)) <= MEDIAN_FUNCTION_LINES


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())
