"""What embedded mode adds to the environment, and what it leaves alone."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from portal.embedded import environment, secretfile
from portal.embedded.launch import take_data_option
from portal.embedded.layout import DataDirectory
from portal.embedded.refusal import Refused

DATA = DataDirectory(Path("/srv/tollgate"))
FOUND = secretfile.generate()
OUTSIDE = {"DATABASE_URL": "postgresql://db.example/t"}


def test_it_works() -> None:
    added = environment.embedded(DATA, {}, FOUND)
    assert (
        added["DATABASE_APP_URL"] == "postgresql://tollgate_app@/tollgate?host=%2Fsrv%2Ftollgate%2Frun%2Fpg"
    )
    assert added["REDIS_URL"] == "unix:///srv/tollgate/run/valkey.sock?db=0"


def test_awkward_paths_survive_the_url() -> None:
    odd = DataDirectory(Path("/srv/a b?c&d%20"))
    query = dict(parse_qsl(urlsplit(environment.database_urls(odd)["DATABASE_URL"]).query))
    assert query == {"host": str(odd.postgres_socket_dir)}


def test_with_a_database_of_yours_no_secret_is_invented() -> None:
    assert not environment.embedded(DATA, OUTSIDE, FOUND).keys() & set(environment.SECRETS)


def test_with_a_database_of_yours_valkey_is_still_ours() -> None:
    assert "REDIS_URL" in environment.embedded(DATA, OUTSIDE, FOUND)


def test_with_a_redis_of_yours_the_database_is_still_ours() -> None:
    added = environment.embedded(DATA, {"REDIS_URL": "redis://cache.example"}, FOUND)
    assert "DATABASE_URL" in added
    assert "REDIS_URL" not in added


def test_a_secret_that_is_set_wins() -> None:
    assert "SECRET_KEY" not in environment.embedded(DATA, {"SECRET_KEY": "mine"}, FOUND)


def test_our_own_addresses_are_recognised_when_inherited() -> None:
    added = environment.embedded(DATA, {}, FOUND)
    assert environment.embeds_postgres(DATA, added)
    assert environment.embeds_valkey(DATA, added)


def test_other_commands_leave_no_directory_behind(tmp_path: Path) -> None:
    variables: dict[str, str] = {}
    environment.export(DataDirectory.at(tmp_path / "d"), variables, create=False)
    assert "SECRET_KEY" in variables
    assert not (tmp_path / "d").exists()


def test_an_outside_database_needs_no_secret_file(place: Path) -> None:
    data = DataDirectory.at(place / "d")
    environment.export(data, dict(OUTSIDE), create=True)
    assert not data.secrets.exists()


def test_without_contract_nothing_of_ours_is_left() -> None:
    added = environment.embedded(DATA, {}, FOUND)
    assert environment.without_contract({**added, "HOME": "/root"}) == {"HOME": "/root"}


@pytest.mark.parametrize(
    ("words", "kept", "given"),
    [
        (["manage.py", "up", "--data", "d", "--port", "1"], ["manage.py", "up", "--port", "1"], "d"),
        (["manage.py", "--data=d", "shell"], ["manage.py", "shell"], "d"),
        (["manage.py", "test", "--", "--data", "d"], ["manage.py", "test", "--", "--data", "d"], None),
        (["manage.py"], ["manage.py"], None),
    ],
)
def test_the_data_option_is_taken_out(words: list[str], kept: list[str], given: str | None) -> None:
    assert take_data_option(words) == (kept, given)


def test_the_data_option_needs_its_directory() -> None:
    with pytest.raises(Refused):
        take_data_option(["manage.py", "up", "--data"])


@pytest.mark.parametrize(("given", "seconds"), [("", 20), (" ", 20), ("0", 0), ("90", 90)])
def test_the_time_to_stop(given: str, seconds: int) -> None:
    assert environment.stop_seconds({environment.STOP_SECONDS: given}) == seconds


def test_the_time_to_stop_is_a_number() -> None:
    with pytest.raises(Refused, match="TOLLGATE_STOP_SECONDS"):
        environment.stop_seconds({environment.STOP_SECONDS: "soon"})
