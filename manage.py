#!/usr/bin/env python3
"""The door to every command: `python3 manage.py up`, `test`, and all of Django's.

Needs Python 3.11 and nothing else: what is missing is installed into `.venv` first.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  an older Python is told what is wrong, not shown a traceback
    sys.exit(
        f"Tollgate needs Python 3.11 or newer, this is {sys.version.split()[0]} ({sys.executable}).\n"
        "Start it with another one, for example: python3.11 manage.py up"
    )
if sys.platform == "win32":
    sys.exit("Tollgate runs on Linux and macOS. On Windows, use it inside WSL.")

import importlib
from pathlib import Path

from portal.embedded import bootstrap


def main() -> None:
    checkout = Path(__file__).resolve().parent
    bootstrap.ensure(checkout, sys.argv)
    # Only now is Django known to be there.
    importlib.import_module("portal.embedded.launch").launch(checkout, sys.argv)


if __name__ == "__main__":
    main()
