"""From a guide into the clipboard, by mouse and by keyboard."""

import json

from playwright.sync_api import Page, expect

from tests.journeys.conftest import look
from tests.support.stack import Stack


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_it_works(page: Page, stack: Stack) -> None:
    page.goto("/")
    page.get_by_role("navigation").get_by_role("link", name="Guides").click()
    page.get_by_role("link", name="Claude Code").click()
    page.get_by_label("Model").select_option("claude-opus-4-1-20250805")
    page.get_by_role("button", name="Use this model").click()
    page.locator(".snippet", has_text="~/.claude/settings.json").get_by_role("button").click()
    expect(page.locator("#announce")).to_have_text("Copied")
    settings = json.loads(clipboard(page))["env"]
    assert settings["ANTHROPIC_BASE_URL"] == f"{stack.base_url}/anthropic"
    assert settings["ANTHROPIC_MODEL"] == "claude-opus-4-1-20250805"
    look(page, "6-guide")


def test_a_choice_of_model_is_kept_on_the_way_to_another_system(page: Page) -> None:
    page.goto("/guides/gemini-cli?model=sandbox-gemini")
    page.get_by_role("link", name="Windows").click()
    expect(page.get_by_label("Model")).to_have_value("sandbox-gemini")
    expect(page.get_by_text("GEMINI_MODEL=sandbox-gemini").first).to_be_visible()


def test_copying_by_keyboard(page: Page) -> None:
    page.goto("/guides/codex?system=linux")
    page.locator("#snippet-install").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#announce")).to_have_text("Copied")
    assert clipboard(page) == "npm install -g @openai/codex"


def test_from_an_error_in_a_guide_to_what_it_means(page: Page) -> None:
    page.goto("/guides/codex")
    page.get_by_role("link", name="not_translatable").click()
    entry = page.get_by_role("article", name="not_translatable")
    expect(entry).to_be_in_viewport()
    expect(entry).to_contain_text("A retry does not help")
    look(page, "error-codes")


def test_nothing_is_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    guides = ("", "claude-code", "codex", "gemini-cli", "droid", "opencode", "sdks")
    for address in (*(f"/guides/{slug}" for slug in guides), "/docs/errors"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
