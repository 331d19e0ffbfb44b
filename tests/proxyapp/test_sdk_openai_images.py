"""The official `openai` SDK against the running stack: pictures, paid by the piece and by tokens."""

from base64 import b64decode
from collections.abc import Iterator

import openai
import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from proxyapp.sandbox.tasks.pictures import PNG
from tests.support import bills, cast, purse
from tests.support.offers import PER_TOKEN, offer
from tests.support.stack import Stack

PICTURE = b64decode(PNG)
PER_PICTURE = dict.fromkeys(PER_TOKEN, 0) | {"images": 40_000_000_000}  # four cents
PATH = "/v1/images/generations"


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def sdk(stack: Stack, issued: Issued, request: pytest.FixtureRequest) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key=issued.secret,
        base_url=f"{stack.base_url}/v1",
        default_headers={"x-sandbox-tag": request.node.name},
        max_retries=0,
    ) as opened:
        yield opened


def test_it_works(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat")
    answer = sdk.images.generate(model=model, prompt="a red square", n=2)
    assert answer.data is not None
    assert [b64decode(image.b64_json or "") for image in answer.data] == [PICTURE] * 2
    event = bills.assert_exact_task(issued.key, PATH, model, request.node.name)
    assert answer.usage is not None
    assert (event.images, event.output) == (2, answer.usage.output_tokens)


def test_by_the_piece(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat", rates=PER_PICTURE)
    sdk.images.generate(model=model, prompt="a red square", n=3)
    event = bills.assert_exact_task(issued.key, PATH, model, request.node.name, PER_PICTURE)
    assert event.charged == 3 * 40_000_000


def test_by_the_piece_where_no_tokens_are_reported(sdk: openai.OpenAI, issued: Issued) -> None:
    sdk.images.generate(
        model=offer("openai_chat", rates=PER_PICTURE, script="~nousage"), prompt="a red square"
    )
    event = bills.of(issued.key)
    assert (event.images, event.charged, event.source) == (1, 40_000_000, "provider")


def test_by_tokens_where_none_are_reported_it_is_an_estimate(sdk: openai.OpenAI, issued: Issued) -> None:
    sdk.images.generate(model=offer("openai_chat", script="~nousage"), prompt="a red square")
    assert bills.of(issued.key).source == "estimated"


def test_a_stream_with_partial_pictures(
    sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest
) -> None:
    model = offer("openai_chat")
    events = list(sdk.images.generate(model=model, prompt="a red square", stream=True, partial_images=2))
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    bills.assert_exact_task(issued.key, PATH, model, request.node.name, stream=True)


def test_a_stream_that_breaks_off_ends_with_an_error(sdk: openai.OpenAI, issued: Issued) -> None:
    model = offer("openai_chat", script="~cut-1")
    with pytest.raises(openai.APIError, match="broke off"):
        list(sdk.images.generate(model=model, prompt="a red square", stream=True, partial_images=3))
    event = bills.of(issued.key)
    assert (event.outcome, event.images) == ("upstream_failed", 1)


def test_an_error_that_the_provider_tells_is_the_end(sdk: openai.OpenAI, issued: Issued) -> None:
    model = offer("openai_chat", script="~errorat-1")
    with pytest.raises(openai.APIError, match="The server had an error"):
        list(sdk.images.generate(model=model, prompt="a red square", stream=True, partial_images=3))
    event = bills.of(issued.key)
    assert (event.outcome, event.error) == ("upstream_failed", "error_in_stream")


def test_who_leaves_before_the_first_picture_pays_for_none(sdk: openai.OpenAI, issued: Issued) -> None:
    model = offer("openai_chat", script="~delay-30000", rates=PER_PICTURE)
    with pytest.raises(openai.APITimeoutError):
        sdk.images.generate(model=model, prompt="a red square", n=5, timeout=1)
    event = bills.of(issued.key)
    assert (event.outcome, event.images, event.charged) == ("client_left", 0, 0)


def test_edits(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat")
    answer = sdk.images.edit(
        model=model, image=[("a.png", PICTURE), ("b.png", PICTURE)], mask=PICTURE, prompt="bluer", n=1
    )
    assert answer.data
    bills.assert_exact_task(issued.key, "/v1/images/edits", model, request.node.name)


def test_edits_in_a_stream(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat")
    events = list(sdk.images.edit(model=model, image=PICTURE, prompt="bluer", stream=True))
    assert events[-1].type == "image_edit.completed"
    bills.assert_exact_task(issued.key, "/v1/images/edits", model, request.node.name, stream=True)


@pytest.mark.filterwarnings("ignore:deprecated")  # by the SDK, and still in use
def test_variations(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat", rates=PER_PICTURE)
    assert len(sdk.images.create_variation(model=model, image=PICTURE, n=2).data or ()) == 2
    bills.assert_exact_task(issued.key, "/v1/images/variations", model, request.node.name, PER_PICTURE)


@pytest.mark.parametrize("number", [0, 11])
def test_only_one_to_ten_at_a_time(sdk: openai.OpenAI, number: int) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.images.generate(model="sandbox-gpt", prompt="x", n=number)
    assert caught.value.param == "n"


def test_all_of_them_are_held_for(sdk: openai.OpenAI, acme: Organization, issued: Issued) -> None:
    """Money for nine is none for ten; and nothing is dialled for it."""
    model = offer("openai_chat", rates=PER_PICTURE)
    purse.leave(acme, 9 * 40_000_000)
    with pytest.raises(openai.APIStatusError) as caught:
        sdk.images.generate(model=model, prompt="x", n=10)
    assert caught.value.status_code == 402
    sdk.images.generate(model=model, prompt="x", n=9)
    assert bills.of(issued.key).charged == 9 * 40_000_000
    assert purse.wallet(acme)["avail"] == 0
