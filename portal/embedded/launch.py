"""From `manage.py` to a Django command: choose the data directory, complete the environment, go."""

import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from portal.embedded import environment
from portal.embedded.layout import DataDirectory, default_directory
from portal.embedded.refusal import Refused


def launch(checkout: Path, argv: list[str]) -> None:
    """Run the command in `argv` (`argv[0]` is the program). `--data DIR` is accepted by every command and
    travels as `TOLLGATE_DATA`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    argv, given = take_data_option(argv)
    command = argv[1] if len(argv) > 1 else ""
    try:
        if command == "test":
            os.environ.update(environment.placeholders())
        else:
            chosen = given or os.environ.get(environment.DATA) or default_directory(checkout)
            environment.export(DataDirectory.at(chosen), os.environ, create=command == "up")
        _ = settings.DATABASES  # read them now: a variable that is missing is told without a traceback
    except (Refused, ImproperlyConfigured) as refusal:
        sys.exit(str(refusal))
    execute_from_command_line(argv)


def take_data_option(argv: list[str]) -> tuple[list[str], str | None]:
    """`argv` without `--data DIR` or `--data=DIR`, and the last DIR given. What follows `--` is not ours."""
    kept: list[str] = []
    given: str | None = None
    rest = iter(argv)
    for word in rest:
        if word == "--":
            return [*kept, word, *rest], given
        if word == "--data":
            given = next(rest, None)
            if given is None:
                raise Refused("--data needs a directory.")
        elif word.startswith("--data="):
            given = word.removeprefix("--data=")
        else:
            kept.append(word)
    return kept, given
