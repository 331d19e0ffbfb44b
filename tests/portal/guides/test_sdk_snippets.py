"""/guides/sdks: what it prints works as it stands, with a key in the place of the placeholder."""

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.guides import pieces
from tests.support.stack import Stack

PROGRAMS = ["openai", "openai-chat", "anthropic", "google-genai"]
COMMANDS = ["curl-anthropic", "curl-chat", "curl-responses", "curl-gemini"]
ANSWER = 'You said: "Say hello"'


def printed(stack: Stack, key: str, slug: str) -> str:
    page = httpx.get(f"{stack.base_url}/guides/sdks", params={"system": "linux"}).text
    return pieces(page)[slug].text.replace("sk_your_key", key)


def run(command: list[str], home: Path) -> str:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home)}
    done = subprocess.run(
        command, env=environment, cwd=home, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_works(stack: Stack, key: str, tmp_path: Path) -> None:
    assert ANSWER in run([sys.executable, "-c", printed(stack, key, "openai")], tmp_path)


@pytest.mark.parametrize("slug", PROGRAMS[1:])
def test_a_program_gets_its_answer(stack: Stack, key: str, slug: str, tmp_path: Path) -> None:
    assert ANSWER in run([sys.executable, "-c", printed(stack, key, slug)], tmp_path)


@pytest.mark.parametrize("slug", COMMANDS)
def test_a_command_gets_its_answer(stack: Stack, key: str, slug: str, tmp_path: Path) -> None:
    assert shutil.which("curl"), "the guides are tested with curl"
    said = run(["bash", "-c", printed(stack, key, slug)], tmp_path)
    assert ANSWER.replace('"', '\\"') in said
