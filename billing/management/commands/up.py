"""`manage.py up`: everything on this machine with one command."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.management.stack import Options, Stack
from portal.embedded.console import Console
from portal.embedded.refusal import Refused
from portal.embedded.signals import StopSignals


class Command(BaseCommand):
    help = (
        "Run portal, gateway, worker and beat, with PostgreSQL and Valkey of their own where DATABASE_URL "
        "and REDIS_URL name none. Prints the address, the logins and an API key. --data DIR says where "
        "everything is kept."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        cores = os.cpu_count() or 1
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port (8000); 0: any free one")
        parser.add_argument("--workers", type=int, default=min(2, cores), help="number of web workers")
        parser.add_argument("--ready-file", type=Path, help="written, as JSON, when everything answers")
        parser.add_argument("--demo", action="store_true", help="demo data in a database of yours, too")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = Options(
            host=options["host"],
            port=options["port"],
            workers=max(1, options["workers"]),
            ready_file=options["ready_file"] and options["ready_file"].absolute(),
            demo=options["demo"],
        )
        try:
            with StopSignals() as signals:
                Stack(chosen, Console(), signals).run()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
