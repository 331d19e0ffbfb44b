"""`manage.py test`: all checks and tests (Django's own test runner is not used here)."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand

from billing.management import checks


class Command(BaseCommand):
    help = "Run every check and test. Unknown arguments, and all after --, go to pytest."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Django's own options would take `-v`, `-k` and their like away from pytest."""
        parser = argparse.ArgumentParser(prog="manage.py test", description=self.help, allow_abbrev=False)
        parser.add_argument("--only-pytest", action="store_true", help="skip the static checks")
        own, passed_on = parser.parse_known_args(argv[2:])
        arguments = [word for word in passed_on if word != "--"]
        if not checks.run(arguments, only_pytest=own.only_pytest):
            sys.exit(1)

    def handle(self, *args: Any, **options: Any) -> None:
        if not checks.run([]):
            sys.exit(1)
