"""Adding a webhook, and finding in its log what it was told."""

import httpx
from playwright.sync_api import Page, expect

from tests.journeys.conftest import look
from tests.support.provider import playing, whole
from tests.support.stack import Stack


def test_it_works(page: Page, stack: Stack) -> None:
    page.goto("/account/login/?next=/settings/webhooks")
    page.get_by_label("Email").fill(stack.member["email"])
    page.get_by_label("Password", exact=True).fill(stack.member["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Add your first webhook").click()
    look(page, "webhook-new")
    with playing(whole(b"")) as receiver:
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_label("Description").fill("Nightly pictures")
        page.get_by_role("button", name="Add webhook").click()
        expect(page.locator("#secret")).to_contain_text("whsec_")
        look(page, "webhook-secret")
        page.get_by_role("link", name="Done").click()
        httpx.post(
            f"{stack.base_url}/v3/async/sandbox-image",
            json={"prompt": "a lighthouse"},
            headers={"Authorization": f"Bearer {stack.api_key}"},
        )
        expect(page.get_by_text("Nothing has happened yet")).to_be_visible()

        def reload_until(text: str) -> None:
            for _ in range(50):
                page.reload()
                if page.get_by_text(text).count():
                    return
                page.wait_for_timeout(200)

        reload_until("Delivered")
    look(page, "webhook-log")
    page.get_by_role("link", name="ASYNC_TASK_RESULT").click()
    expect(page.get_by_role("button", name="Send again")).to_be_visible()
    look(page, "webhook-delivery")
    page.goto("/settings/webhooks")
    look(page, "webhooks")
    expect(page.get_by_role("rowheader", name="Nightly pictures")).to_be_visible()
