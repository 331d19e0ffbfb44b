"""`manage.py test`: what its steps see and how they are told apart."""

import sys

import pytest

from billing.management.browser import NO_BROWSER
from billing.management.checks import Step, pytest_environment, pytest_step, run_step, static_steps
from portal.embedded import environment
from portal.embedded.postgres import FAST_DISK


def step(code: str) -> Step:
    return Step("demo", (sys.executable, "-c", code))


def test_it_works(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_step(step("print('hello')"), {}).passed
    assert "== demo\nhello\n-- demo: ok in" in capfd.readouterr().out


def test_a_failure_is_one(capfd: pytest.CaptureFixture[str]) -> None:
    assert not run_step(step("raise SystemExit(2)"), {}).passed
    assert "-- demo: FAILED in" in capfd.readouterr().out


def test_the_summary_is_kept_without_colours() -> None:
    shown = r"print('\x1b[32m12 passed\x1b[0m, 1 warning in 3.4s'); print('bye')"
    assert run_step(step(shown), {}).last == "12 passed, 1 warning in 3.4s"


def test_standard_error_is_shown_too(capfd: pytest.CaptureFixture[str]) -> None:
    run_step(step("import sys; print('trouble', file=sys.stderr)"), {})
    assert "trouble" in capfd.readouterr().out


def test_pytest_sees_nothing_of_this_shells_configuration() -> None:
    seen = pytest_environment({**environment.placeholders(), "HOME": "/root"}, browser=True)
    assert seen == {"HOME": "/root", FAST_DISK: "1"}


def test_without_a_browser_pytest_is_told() -> None:
    assert pytest_environment({}, browser=False)[NO_BROWSER] == "1"


def test_arguments_are_passed_to_pytest_last() -> None:
    assert pytest_step(["-k", "ledger"]).command[-2:] == ("-k", "ledger")


def test_the_static_checks_are_all_there_in_order() -> None:
    assert [check.name for check in static_steps()] == [
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "makemigrations --check",
    ]
