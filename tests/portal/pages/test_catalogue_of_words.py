"""Every word of the pages exists in Simplified Chinese."""

import gettext

import pytest
from django.test import Client
from django.utils import translation

from portal.organizations.models import Organization
from tests.portal.pages.po import CHECKOUT, entries, marked
from tests.support.pages import source

PLACE = CHECKOUT / "portal/locale/zh_Hans/LC_MESSAGES"
PO, MO = PLACE / "django.po", PLACE / "django.mo"


def test_it_works() -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("API keys") == "API 密钥"
        assert translation.pgettext("last used", "Never") == "从未"


def test_every_marked_message_is_translated() -> None:
    known = {entry.message for entry in entries(PO)}
    assert not sorted(marked() - known)


def test_nothing_is_translated_that_nobody_says() -> None:
    assert not sorted({entry.message for entry in entries(PO)} - marked())


def test_nothing_is_empty_or_fuzzy() -> None:
    unfinished = [
        e.message for e in entries(PO) if e.is_fuzzy or not e.translations or not all(e.translations)
    ]
    assert not unfinished


def test_placeholders_are_kept() -> None:
    wrong = []
    for entry in entries(PO):
        holes = {part.partition(")")[0] for part in entry.message[1].split("%(")[1:]}
        for text in entry.translations:
            if {part.partition(")")[0] for part in text.split("%(")[1:]} != holes:
                wrong.append(entry.message)
    assert not wrong


def test_the_compiled_catalogue_says_the_same() -> None:
    with MO.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in entries(PO):
        context, message = entry.message
        if entry.plural:
            assert compiled.ngettext(message, entry.plural, 2) == entry.translations[0]
        elif context:
            assert compiled.pgettext(context, message) == entry.translations[0]
        else:
            assert compiled.gettext(message) == entry.translations[0]


@pytest.mark.parametrize(
    ("wanted", "tag", "says"), [("zh-CN,zh;q=0.9", "zh-hans", "登录"), ("de", "en", "Sign in")]
)
def test_the_browser_chooses(acme: Organization, wanted: str, tag: str, says: str) -> None:
    page = source(Client(headers={"Accept-Language": wanted}).get("/account/login/"))
    assert f'<html lang="{tag}"' in page
    assert says in page


def test_a_visitor_may_choose_otherwise(acme: Organization) -> None:
    client = Client(headers={"Accept-Language": "en"})
    response = client.post("/settings/language", {"language": "zh-hans", "next": "/models"})
    assert response.headers["Location"] == "/models"
    assert "模型与价格" in source(client.get("/models"))
