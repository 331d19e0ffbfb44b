"""The generated secrets: made once, never lost."""

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.embedded import secretfile
from portal.embedded.refusal import Refused


def test_it_works(tmp_path: Path) -> None:
    found = secretfile.load_or_create(tmp_path / "secrets.json")
    assert {"email", "password"} == found["operator"].keys() == found["member"].keys()


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    secretfile.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_mode_that_was_opened_is_closed_again(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    secretfile.load_or_create(path)
    path.chmod(0o644)
    secretfile.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_they_stay_the_same(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    assert secretfile.load_or_create(path) == secretfile.load_or_create(path)


def test_two_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(secretfile.load_or_create, [path] * 8))
    assert all(one == found[0] for one in found)


def test_entries_new_in_this_version_are_added(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"secret_key": "old"}))
    found = secretfile.load_or_create(path)
    assert found["secret_key"] == "old"
    assert json.loads(path.read_text()) == found


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_damaged_file_is_never_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(text)
    with pytest.raises(Refused, match="Restore it"):
        secretfile.load_or_create(path)
    assert path.read_text() == text


def test_keys_have_the_promised_sizes() -> None:
    found = secretfile.generate()
    name, _, key = found["encryption_keys"].partition(":")
    assert name == "k1"
    assert len(base64.b64decode(key)) == 32
    assert len(bytes.fromhex(found["key_pepper"])) == 32
