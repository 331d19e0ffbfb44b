"""The worked example that we hand out does what its comments say."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from billing.management.provision.reading import read
from portal.catalogue.models import AIModel
from tests.support.stack import CHECKOUT, Stack

EXAMPLE = CHECKOUT / "deploy" / "provision.example.toml"


def provision(*arguments: str) -> str:
    printed = io.StringIO()
    call_command("provision", str(EXAMPLE), *arguments, stdout=printed)
    return printed.getvalue()


@pytest.fixture(scope="module")
def secrets(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example, applied: the file with the secrets of its keys."""
    out = tmp_path_factory.mktemp("example") / "secrets.json"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ANTHROPIC_API_KEY", "sk-ant-1")
        environment.setenv("OPENAI_API_KEY", "sk-oai-1")
        provision("--out", str(out))
        yield out


def test_it_works(secrets: Path) -> None:
    assert AIModel.objects.get(name="gpt-oss-120b").routes.filter(enabled=True).count() == 2


def test_a_second_run_changes_nothing(secrets: Path) -> None:
    assert provision() == "nothing changed\n"


def test_its_keys_are_handed_out(secrets: Path) -> None:
    (acme,) = json.loads(secrets.read_text())["organizations"].values()
    assert list(acme["keys"]) == ["CI", "Production"]


def test_a_model_that_names_no_cache_price_pays_for_input() -> None:
    document, problems = read(EXAMPLE.read_text(), {"ANTHROPIC_API_KEY": "1", "OPENAI_API_KEY": "2"})
    assert problems == []
    price = document.models[1].price
    assert price
    assert price["cache_read"] == price["input"] == 150_000
