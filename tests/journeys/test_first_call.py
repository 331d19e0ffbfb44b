"""The first five minutes: sign up, create a key, call, see what it cost, revoke."""

import itertools
import os
import re

import httpx
from playwright.sync_api import Page, expect

from tests.journeys.conftest import look
from tests.support.calls import ask
from tests.support.stack import Stack
from tests.support.waiting import eventually

_number = itertools.count(1)
PASSWORD = "a long and winding phrase"


def sign_up(page: Page) -> str:
    address = f"newcomer-{os.getpid()}-{next(_number)}@example.org"
    page.goto("/account/signup/")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(re.compile(r"/settings/key-management$"))
    return address


def create_key(page: Page, name: str) -> str:
    """The new key in plain text, read off the page."""
    page.goto("/settings/key-management")
    page.get_by_role("link", name="Create").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create key").click()
    return page.locator("#secret").inner_text().strip()


def test_it_works(page: Page, stack: Stack) -> None:
    sign_up(page)
    look(page, "1-no-keys-yet")
    secret = create_key(page, "Laptop")
    look(page, "2-key-shown-once")
    answer = ask(stack, secret, "Hello from the journey")
    assert answer.status_code == 200
    _usage_shows(page, answer)
    _billing_shows(page)
    _revoke(page, "Laptop")
    eventually(lambda: ask(stack, secret).status_code == 401, seconds=1.0)


def test_the_key_is_shown_only_once(page: Page) -> None:
    sign_up(page)
    secret = create_key(page, "Once")
    page.goto("/settings/key-management")
    expect(page.get_by_text("Once")).to_be_visible()
    assert secret not in page.content()
    assert f"{secret[:13]}…{secret[-4:]}" in page.content()


def test_the_printed_curl_works(page: Page, stack: Stack) -> None:
    sign_up(page)
    secret = create_key(page, "Pasted")
    snippet = page.locator("pre", has_text="/v1/messages").first.inner_text()
    assert secret in snippet
    assert stack.base_url in snippet


def test_the_password_can_be_reset(page: Page, stack: Stack) -> None:
    address = sign_up(page)
    page.context.clear_cookies()
    page.goto("/account/password/reset/")
    page.get_by_label("Email").fill(address)
    page.get_by_role("button", name="Send the link").click()
    link = eventually(lambda: _link_for(stack, address))
    page.goto(link)
    page.get_by_label("New Password", exact=True).fill(PASSWORD + " again")
    page.get_by_label("New Password (again)").fill(PASSWORD + " again")
    page.get_by_role("button", name="Set the password").click()
    page.goto("/account/login/")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password", exact=True).fill(PASSWORD + " again")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/settings/key-management$"))


def _usage_shows(page: Page, answer: httpx.Response) -> None:
    trace = answer.headers["x-trace-id"]

    def shown() -> bool:
        page.goto("/usage")
        return trace in page.content()

    eventually(shown, seconds=2.0)
    look(page, "3-usage")


def _billing_shows(page: Page) -> None:
    page.goto("/billing")
    expect(page.get_by_text("Welcome credit").first).to_be_visible()
    look(page, "4-billing")


def _revoke(page: Page, name: str) -> None:
    page.goto("/settings/key-management")
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_text("Revoke…").click()
    page.get_by_role("button", name="Revoke key").click()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()
    look(page, "5-revoked")


def _link_for(stack: Stack, address: str) -> str:
    """The link in the mail; without an SMTP server, mail is written to the worker's log."""
    for log in (stack.data / "log").glob("web-*.log"):
        mail = log.read_text().rpartition(f"To: {address}")[2]
        for word in mail.split():
            if "/account/password/reset/key/" in word:
                return word
    return ""
