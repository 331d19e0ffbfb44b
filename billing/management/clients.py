"""The real command-line clients: from npm, as `tests/clients/package.json` says, outside the checkout."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from portal.embedded.processes import CHECKOUT

ASKED = "--clients"
CLIENTS = "TOLLGATE_CLIENTS"
"""The environment variable that tells the tests where the clients are."""
WANTED = CHECKOUT / "tests/clients/package.json"
_INSTALL = ("install", "--no-package-lock", "--no-audit", "--no-fund", "--no-progress")
_PATIENCE = 900
MISSED = """
**********************************************************************************************
**  NOT RUN: tests/clients. npm is missing here, or could not install the clients.          **
**  They are packages for Linux on x86-64; see tests/clients/package.json.                  **
**********************************************************************************************
"""


def obtain_clients(environ: Mapping[str, str]) -> Path | None:
    """Where the clients are installed, in a folder named after their versions; None where they cannot be."""
    home = _cache(environ) / hashlib.sha256(WANTED.read_bytes()).hexdigest()[:16]
    return home if home.is_dir() or _install(home, environ) else None


def _cache(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tollgate-clients"


def _install(home: Path, environ: Mapping[str, str]) -> bool:
    """Into a folder of its own first: what has the right name is complete."""
    npm = shutil.which("npm", path=environ.get("PATH"))
    if npm is None:
        return False
    print(f"Installing the command-line clients into {home} (this happens once) ...", flush=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        unfinished = Path(folder) / "clients"
        unfinished.mkdir()
        shutil.copy(WANTED, unfinished)
        if not _succeeds([npm, *_INSTALL], unfinished, environ):
            return False
        os.rename(unfinished, home)
    return True


def _succeeds(command: list[str], folder: Path, environ: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    if done.returncode != 0:
        print(done.stdout[-2000:], flush=True)
    return done.returncode == 0
