"""`manage.py bench`: what a call costs here, beside nginx. The harness is a part of the tests."""

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError

from portal.embedded import environment
from portal.embedded.processes import CHECKOUT

MISSING = (
    "The bench is a part of the checkout that is not here: {folder}. Run it in a clone of the repository."
)


class Command(BaseCommand):
    help = "Measure the gateway beside nginx on this machine: CPU per call and chunk, latency, memory, drain."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """All options are the harness's own: `manage.py bench --help`."""
        try:
            measure(CHECKOUT, argv[2:])
        except CommandError as error:
            self.stderr.write(str(error))
            sys.exit(error.returncode)

    def handle(self, *args: Any, **options: Any) -> None:
        measure(CHECKOUT, [])


def measure(checkout: Path, arguments: list[str]) -> NoReturn:
    """Become the harness of the checkout: it must not run within what it measures, nor see its settings."""
    folder = checkout / "tests" / "bench"
    if not folder.is_dir():
        raise CommandError(MISSING.format(folder=folder))
    os.chdir(checkout)
    clean = environment.without_contract(os.environ)
    os.execve(sys.executable, [sys.executable, "-m", "tests.bench", *arguments], clean)  # noqa: S606
