"""Point 8: where a provider dies in mid-stream, the protocol's own error event, and then a clean end."""

import pytest

from tests.support import wire
from tests.support.offers import offer
from tests.support.stack import Stack

WORDS = {
    "anthropic": b"event: error",
    "openai_chat": b'"finish_reason":"error"',
    "openai_responses": b"event: response.failed",
    "gemini": b'"status":"UNAVAILABLE"',
}


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_it_works(stack: Stack, key: str, protocol: str) -> None:
    model = offer(protocol, script="~output-400~chunks-40~cut-20")
    with wire.streaming(stack, key, protocol, model, ceiling=1000) as answer:
        seen = answer.read()  # raises where the body is cut
    assert answer.status_code == 200
    assert WORDS[protocol] in seen
