"""What operators bring about with `manage.py provision`, in a stack that runs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from portal.embedded import environment
from tests.support.stack import CHECKOUT


class NotProvisioned(RuntimeError):
    """What the command printed when it failed."""


def provision(data: Path, document: str, secrets: Path) -> dict[str, Any]:
    """Apply a TOML document to the stack in `data`. The secrets: left in the file `secrets`, and returned."""
    file = secrets.with_suffix(".toml")
    file.write_text(document)
    command = [
        sys.executable,
        "manage.py",
        "provision",
        str(file),
        "--out",
        str(secrets),
        "--data",
        str(data),
    ]
    clean = environment.without_contract(os.environ)
    done = subprocess.run(command, cwd=CHECKOUT, env=clean, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotProvisioned(f"provision failed:\n{done.stdout}{done.stderr}")
    found: dict[str, Any] = json.loads(secrets.read_text())
    return found
