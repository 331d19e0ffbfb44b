"""/docs/errors: every code that the gateway can say is explained, and is found by its `docs_url`."""

import json
import re
from collections import Counter
from itertools import pairwise

import httpx
import pytest
from django.test import Client

from portal.accounts.models import User
from portal.guides.clients import CLIENTS
from portal.guides.codes import GROUPS, Retry
from portal.organizations.models import Organization
from tests.portal.guides.said import everything_said
from tests.support.pages import signed_in, source, words
from tests.support.stack import Stack

SAID = everything_said()
ENTRIES = {entry.code: entry for group in GROUPS for entry in group.entries}
PATHS = (
    "/v1/messages",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1beta/models/sandbox-gemini:generateContent",
    "/v3/async/sandbox-image",
)


def page() -> str:
    return source(Client().get("/docs/errors"))


def anchors(text: str) -> list[str]:
    return re.findall(r'\sid="([^"]+)"', text)


def test_it_works(acme: Organization) -> None:
    told = words(Client().get("/docs/errors"))
    assert "mistyped_api_key 401 · A retry does not help" in told
    assert "X-Trace-Id" in told


def test_the_sources_are_read() -> None:
    told = {(said.code, said.status) for said in SAID}
    by_a_class, where_raised, written_out = (
        ("unknown_path", 404),
        ("no_credential", 502),
        ("internal_error", 500),
    )
    assert {by_a_class, where_raised, written_out, ("request_timeout", 408)} <= told


def test_every_code_that_is_said_is_explained() -> None:
    assert not {said.code for said in SAID} - ENTRIES.keys()


def test_nothing_is_explained_that_is_not_said() -> None:
    assert not ENTRIES.keys() - {said.code for said in SAID}


def test_no_code_is_explained_twice() -> None:
    assert len(ENTRIES) == sum(len(group.entries) for group in GROUPS)


def test_every_status_is_shown() -> None:
    assert not {(said.code, said.status) for said in SAID if said.status not in ENTRIES[said.code].statuses}


def test_waiting_is_advised_where_the_answer_says_how_long() -> None:
    advised = {code for code, entry in ENTRIES.items() if entry.retry is Retry.WAIT}
    assert advised == {said.code for said in SAID if said.waits}


def test_a_retry_is_advised_where_programs_are_told_to_try_again() -> None:
    advised = {code for code, entry in ENTRIES.items() if entry.retry in (Retry.WAIT, Retry.PERHAPS)}
    assert advised == {said.code for said in SAID if said.is_retryable}


def test_no_hint_asks_for_what_programs_are_told_not_to_do() -> None:
    assert not {said.code for said in SAID if "try again" in said.hint.lower() and not said.is_retryable}


def test_every_code_is_an_anchor(acme: Organization) -> None:
    assert not ENTRIES.keys() - set(anchors(page()))


def test_no_anchor_is_given_twice(acme: Organization) -> None:
    assert not [name for name, times in Counter(anchors(page())).items() if times > 1]


def test_every_link_within_the_page_leads_somewhere(acme: Organization) -> None:
    text = page()
    assert not set(re.findall(r'href="#([^"]+)"', text)) - set(anchors(text))


@pytest.mark.parametrize("slug", [client.slug for client in CLIENTS])
def test_guides_link_to_entries(acme: Organization, slug: str) -> None:
    linked = set(re.findall(r'href="/docs/errors#([^"]+)"', source(Client().get(f"/guides/{slug}"))))
    assert "missing_api_key" in linked
    assert linked <= ENTRIES.keys()


@pytest.mark.parametrize("address", ["/guides/", "/models"])
def test_it_is_linked_to(acme: Organization, address: str) -> None:
    assert 'href="/docs/errors"' in source(Client().get(address))


def test_headings_go_down_one_step_at_a_time(acme: Organization) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", page())]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_it_is_there_in_chinese(acme: Organization) -> None:
    told = words(Client(headers={"Accept-Language": "zh-CN"}).get("/docs/errors"))
    assert "mistyped_api_key 401 · 重试无效" in told


def test_members_see_it_in_the_console(alice: User, acme: Organization) -> None:
    assert "Acme" in words(signed_in(alice).get("/docs/errors"))


@pytest.mark.parametrize("path", PATHS)
def test_an_error_leads_to_its_entry(stack: Stack, path: str) -> None:
    refused = httpx.post(stack.base_url + path, json={}, headers={"Authorization": "Bearer sk-ant-api03-1"})
    told = re.search(r'"docs_url":"([^"]+)"', json.dumps(refused.json(), separators=(",", ":")))
    assert told is not None
    address, _, code = told[1].partition("#")
    assert address == f"{stack.base_url}/docs/errors"
    found = httpx.get(address)
    assert found.status_code == 200
    assert f'id="{code}"' in found.text
    assert code == "foreign_api_key"
