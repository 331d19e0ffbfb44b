"""Point 13: two requests alike to the byte are two requests; clients send no key to tell retries by."""

from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.support import cast, wire
from tests.support.offers import offer
from tests.support.stack import Stack
from tests.support.waiting import eventually


def test_it_works(stack: Stack, acme: Organization, alice: User) -> None:
    issued, model = cast.issue(acme, alice), offer("openai_responses")
    answers = [wire.post(stack, issued.secret, "openai_responses", model) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].headers["x-trace-id"] != answers[1].headers["x-trace-id"]
    events = UsageEvent.platform.filter(key=issued.key)
    eventually(lambda: events.count() == 2, seconds=2)
