"""Provision files, and the command that takes them."""

import io
from pathlib import Path
from secrets import token_hex
from textwrap import dedent

import pytest
from django.core.management import CommandError, call_command

from billing.management.provision.document import Document
from billing.management.provision.reading import read

ENVIRON = {"PROVIDER_SECRET": " sk-from-the-environment\n"}


def fresh(name: str) -> str:
    return f"{name}-{token_hex(5)}"


def document(text: str) -> Document:
    """What a faultless file declares."""
    found, problems = read(dedent(text), ENVIRON)
    assert problems == []
    return found


def problems(text: str) -> list[str]:
    """What is wrong with a file, seen without a database."""
    return read(dedent(text), ENVIRON)[1]


def provision(folder: Path, text: str, *options: str) -> list[str]:
    """Run the command on a file of this text; the lines it prints."""
    file, printed = folder / "provision.toml", io.StringIO()
    file.write_text(dedent(text))
    call_command("provision", str(file), *options, stdout=printed)
    return printed.getvalue().splitlines()


def refused(folder: Path, text: str) -> str:
    """Run the command on a file that it must refuse with exit code 2; its complaint."""
    with pytest.raises(CommandError) as refusal:
        provision(folder, text)
    assert refusal.value.returncode == 2
    return str(refusal.value)
