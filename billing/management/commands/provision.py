"""`manage.py provision FILE`: bring about the providers, models and organizations that a file declares."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from billing.management.provision.catalogue import apply_catalogue
from billing.management.provision.checking import check
from billing.management.provision.document import Document
from billing.management.provision.organizations import Keep, apply_organization
from billing.management.provision.publishing import quiet, unpublished
from billing.management.provision.reading import read
from billing.management.provision.secretsfile import SecretsFile, UnusableFile

_BAD_FILE = 2
_PATIENCE = 2.0
UNPUBLISHED = (
    "Stored, but not told to the gateway yet ({count} changes): Redis cannot be reached, or a publisher "
    "failed. A running stack tells it as soon as it can."
)


class Command(BaseCommand):
    help = (
        "Bring about what FILE declares: providers, models and prices, organizations with credit and keys. "
        "Run it as often as you like: what is there already stays. See deploy/provision.example.toml."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a TOML file")
        parser.add_argument(
            "--out",
            type=Path,
            metavar="SECRETS.json",
            help="add the secrets of new keys to this file, instead of showing them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            document = accepted(options["file"])
            shelf = SecretsFile(options["out"]) if options["out"] else None
            with quiet():
                changes = self._apply(document, shelf.keep if shelf else self._show)
                waiting = unpublished(_PATIENCE)
            if shelf:
                shelf.close()
        except UnusableFile as error:
            raise CommandError(str(error), returncode=_BAD_FILE) from error
        except OperationalError as error:
            raise CommandError(
                f"PostgreSQL cannot be used. Is the stack running (`manage.py up`)? {error}"
            ) from error
        if not changes:
            self.stdout.write("nothing changed")
        if waiting:
            self.stderr.write(UNPUBLISHED.format(count=waiting))

    def _apply(self, document: Document, keep: Keep) -> int:
        """Bring it about, and tell every change; how many there were."""
        changes: list[str] = []

        def tell(line: str) -> None:
            changes.append(line)
            self.stdout.write(line)

        apply_catalogue(document.providers, document.models, tell)
        for organization in document.organizations:
            apply_organization(organization, tell, keep)
        return len(changes)

    def _show(self, organization: str, key: str, secret: str) -> None:
        self.stdout.write(f"  secret of {organization}/{key}, shown this once: {secret}")


def accepted(path: Path) -> Document:
    """The document in the file, if nothing at all is wrong with it; else CommandError with all that is."""
    try:
        document, problems = read(path.read_text(encoding="utf-8"), os.environ)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}", returncode=_BAD_FILE) from error
    try:
        problems += check(document)
    except OperationalError:
        if not problems:
            raise
    if problems:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise CommandError(f"{path}: nothing was applied.{listed}", returncode=_BAD_FILE)
    return document
