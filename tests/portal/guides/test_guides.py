"""/guides/: every client, every system, with address and model filled in."""

import json
import re
import tomllib
from itertools import pairwise

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.catalogue import services
from portal.catalogue.models import AIModel
from portal.guides.clients import CLIENTS
from portal.organizations.models import Organization
from tests.support.guides import Piece, pieces
from tests.support.offers import offer
from tests.support.pages import signed_in, source, words

ADDRESS = "http://testserver"
SLUGS = [client.slug for client in CLIENTS]
SYSTEMS = ["macos", "linux", "windows", "wsl"]


def read(slug: str, **query: str) -> dict[str, Piece]:
    return pieces(source(Client().get(f"/guides/{slug}", query)))


def says(model: str, slug: str) -> bool:
    """Whether a guide that is asked for this model prints or offers it."""
    page = source(Client().get(f"/guides/{slug}", {"model": model}))
    return f"<option>{model}</option>" in page or any(model in piece.text for piece in pieces(page).values())


def test_it_works(acme: Organization) -> None:
    page = words(Client().get("/guides/"))
    assert all(client.name in page for client in CLIENTS)
    assert f"{ADDRESS}/anthropic /v1/messages" in page
    assert f"{ADDRESS}/v3 /async/…" in page


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("slug", SLUGS)
def test_every_guide_has_every_system(acme: Organization, slug: str, system: str) -> None:
    response = Client().get(f"/guides/{slug}", {"system": system})
    assert response.status_code == 200
    assert "If something goes wrong" in words(response)
    found = pieces(source(response))
    assert any("sk_your_key" in piece.text for piece in found.values())
    assert any(ADDRESS in piece.text for piece in found.values())


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("slug", [slug for slug in SLUGS if slug != "sdks"])
def test_every_program_says_how_it_is_found_and_renewed(acme: Organization, slug: str, system: str) -> None:
    page = source(Client().get(f"/guides/{slug}", {"system": system}))
    signs = ("The command is not found", "npm is not found, or cannot install", "It is older than this guide")
    assert all(f"<dt>{sign}</dt>" in page for sign in signs)
    assert f"<code>{pieces(page)['start'].text} --version</code>" in page


@pytest.mark.parametrize(
    ("system", "wanted"),
    [("macos", "brew install node"), ("linux", "apt-get install"), ("windows", "winget install")],
)
def test_node_is_installed_as_the_system_does_it(acme: Organization, system: str, wanted: str) -> None:
    assert wanted in words(Client().get("/guides/gemini-cli", {"system": system}))


@pytest.mark.parametrize("slug", SLUGS)
def test_files_can_be_read_by_whoever_reads_them(acme: Organization, slug: str) -> None:
    for piece in read(slug).values():
        if piece.place.endswith(".json"):
            assert json.loads(piece.text)
        elif piece.place.endswith(".toml"):
            assert tomllib.loads(piece.text)
        elif piece.place.endswith(".py"):
            compile(piece.text, piece.place, "exec")


@pytest.mark.parametrize("slug", SLUGS)
def test_everything_has_a_button_to_copy_it(acme: Organization, slug: str) -> None:
    page = source(Client().get(f"/guides/{slug}"))
    for name in pieces(page):
        assert f'data-copy-from="snippet-{name}"' in page


def test_windows_has_its_own_words(acme: Organization) -> None:
    found = read("claude-code", system="windows")
    assert found["settings"].place == r"%USERPROFILE%\.claude\settings.json"
    assert found["now"].text.startswith('$env:ANTHROPIC_BASE_URL = "')
    assert found["cmd"].text.startswith("set ANTHROPIC_BASE_URL=")
    assert found["install-cmd"].text.endswith("del install.cmd")
    assert '"User")' in found["always"].text


@pytest.mark.parametrize(
    ("system", "profile"), [("macos", "~/.zshrc"), ("linux", "~/.bashrc"), ("wsl", "~/.bashrc")]
)
def test_shells_have_their_own_profile(acme: Organization, system: str, profile: str) -> None:
    assert read("codex", system=system)["always"].text.endswith(f">> {profile}")


@pytest.mark.parametrize(
    ("browser", "place"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", r"%USERPROFILE%\.codex\config.toml"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "~/.codex/config.toml"),
        ("", "~/.codex/config.toml"),
    ],
)
def test_the_browser_says_which_system(acme: Organization, browser: str, place: str) -> None:
    page = source(Client(headers={"User-Agent": browser}).get("/guides/codex"))
    assert pieces(page)["config"].place == place


def test_a_model_can_be_chosen(acme: Organization) -> None:
    model = offer("anthropic")
    found = read("claude-code", model=model)
    assert json.loads(found["settings"].text)["env"]["ANTHROPIC_MODEL"] == model


@pytest.mark.parametrize(("slug", "group"), [("gemini-cli", "In the protocol"), ("codex", "Translated")])
def test_a_model_of_any_protocol_can_be_chosen(acme: Organization, slug: str, group: str) -> None:
    model = offer("gemini")
    page = source(Client().get(f"/guides/{slug}", {"model": model}))
    before = page.partition(f"<option selected>{model}</option>")[0]
    assert before.rpartition('<optgroup label="')[2].startswith(group)
    assert any(model in piece.text for piece in pieces(page).values())


def test_a_model_is_called_in_its_own_protocol_where_the_client_has_it(acme: Organization) -> None:
    models = json.loads(read("droid", model=offer("openai_chat"))["config"].text)["custom_models"]
    assert models[0]["provider"] == "generic-chat-completion-api"
    settings = json.loads(read("opencode", model=(name := offer("gemini")))["config"].text)
    assert settings["model"] == f"tollgate-gemini/{name}"


def test_a_model_that_only_makes_media_cannot_be_chosen(acme: Organization) -> None:
    model = offer("media_v3")
    assert not any(says(model, slug) for slug in SLUGS)


def test_what_is_switched_off_cannot_be_chosen(acme: Organization) -> None:
    model = offer("gemini")
    services.change_model(model=AIModel.objects.get(name=model), enabled=False, actor=None)
    assert not says(model, "gemini-cli")


def test_an_invented_model_or_system_is_passed_over(acme: Organization) -> None:
    page = source(Client().get("/guides/codex", {"model": "<b>", "system": "<i>"}))
    assert "<b>" not in page
    assert pieces(page)["config"].place == "~/.codex/config.toml"


def test_an_unknown_guide_is_not_found(acme: Organization) -> None:
    assert Client().get("/guides/emacs").status_code == 404


def test_members_see_it_in_the_console(alice: User, acme: Organization) -> None:
    page = source(signed_in(alice).get("/guides/droid"))
    assert 'aria-current="page"><svg' in page
    assert "Acme" in page


def test_headings_go_down_one_step_at_a_time(acme: Organization) -> None:
    for slug in SLUGS:
        levels = [int(level) for level in re.findall(r"<h([1-6])", source(Client().get(f"/guides/{slug}")))]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_no_name_is_given_twice(acme: Organization) -> None:
    for slug in SLUGS:
        names = re.findall(r'\sid="([^"]+)"', source(Client().get(f"/guides/{slug}")))
        assert len(names) == len(set(names))


def test_a_new_key_leads_to_the_guides(alice: User, acme: Organization) -> None:
    page = source(
        signed_in(alice).post("/settings/key-management/new", {"name": "Laptop", "expiry": "never"})
    )
    for slug in ("claude-code", "codex", "gemini-cli", "droid"):
        assert f'href="/guides/{slug}"' in page
