"""The file of new secrets: none is ever lost, and nobody else can read it."""

import json
from pathlib import Path

import pytest

from billing.management.provision.secretsfile import SecretsFile, UnusableFile


def test_it_works(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    SecretsFile(file).keep("Acme", "CI", "sk_1")
    assert json.loads(file.read_text()) == {"organizations": {"Acme": {"keys": {"CI": "sk_1"}}}}


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    file.write_text('{"organizations": {}}')
    file.chmod(0o644)
    SecretsFile(file).keep("Acme", "CI", "sk_1")
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_was_in_it_stays(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    SecretsFile(file).keep("Acme", "CI", "sk_1")
    later = SecretsFile(file)
    later.keep("Acme", "Production", "sk_2")
    later.keep("Globex", "CI", "sk_3")
    assert json.loads(file.read_text())["organizations"] == {
        "Acme": {"keys": {"CI": "sk_1", "Production": "sk_2"}},
        "Globex": {"keys": {"CI": "sk_3"}},
    }


def test_a_file_without_new_secrets_is_there_nevertheless(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    SecretsFile(file).close()
    assert json.loads(file.read_text()) == {"organizations": {}}


def test_closing_leaves_a_file_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    shelf = SecretsFile(file)
    shelf.keep("Acme", "CI", "sk_1")
    shelf.close()
    assert "sk_1" in file.read_text()


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"secret_key": "x"}',
        '{"organizations": []}',
        '{"organizations": {"Acme": {"CI": "sk_1"}}}',
        '{"organizations": {"Acme": {"keys": {"CI": 1}}}}',
    ],
)
def test_another_file_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    file = tmp_path / "out.json"
    file.write_text(content)
    with pytest.raises(UnusableFile):
        SecretsFile(file)
    assert file.read_text() == content


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="not a directory"):
        SecretsFile(tmp_path / "nowhere" / "out.json")


def test_a_file_that_cannot_be_replaced_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    shelf = SecretsFile(folder / "out.json")
    folder.rmdir()
    with pytest.raises(UnusableFile, match="cannot be written"):
        shelf.keep("Acme", "CI", "sk_1")
