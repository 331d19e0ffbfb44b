"""`manage.py bench`, as its users run it: one small figure from end to end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError

from billing.management.commands.bench import measure
from portal.embedded import environment
from tests.bench import nginx
from tests.bench.__main__ import main
from tests.support.stack import CHECKOUT


def test_it_works(tmp_path: Path) -> None:
    file = tmp_path / "readings.json"
    options = ["--quick", "--only", "json_2k", "--json", str(file)]
    options += [] if nginx.find() else ["--without-nginx"]
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", *options],
        cwd=CHECKOUT,
        env=environment.without_contract(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| CPU-ms per call, body 2 kB |" in done.stdout
    readings = json.loads(file.read_text())["readings"]
    own = [row["rounds"] for row in readings if (row["target"], row["quantity"]) == ("gateway", "own_ms")]
    assert len(own) == 1
    assert 0.001 < own[0][0] < 100


def test_an_unknown_figure_is_told_before_anything_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nonsense"]) == 1
    assert "json_2k" in capsys.readouterr().err


def test_a_checkout_without_tests_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not here"):
        measure(tmp_path, [])
