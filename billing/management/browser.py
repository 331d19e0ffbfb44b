"""The browser that the journeys need: found, installed where that is possible, or loudly missed."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

NO_BROWSER = "TOLLGATE_NO_BROWSER"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_DEBIAN = Path("/etc/debian_version")
MISSED = """
**********************************************************************************************
**  NOT RUN: tests/journeys. There is no Chromium on this machine.                          **
**  Install it (Debian: apt-get install -y chromium) and run the tests again.               **
**********************************************************************************************
"""


def find_browser() -> bool:
    return any(shutil.which(name) for name in _NAMES)


def obtain_browser(environ: Mapping[str, str]) -> bool:
    """Whether there is a browser in the end. Root on Debian gets one from the package manager."""
    if find_browser():
        return True
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0 or not _DEBIAN.exists():
        return False
    print("Chromium is missing; installing it (this happens once) ...", flush=True)
    quiet = {**environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update", "-qq"), ("install", "-y", "-qq", "chromium")):
        done = subprocess.run(
            [apt, *arguments],
            env=quiet,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            print(done.stdout[-2000:], flush=True)
            return False
    return find_browser()
