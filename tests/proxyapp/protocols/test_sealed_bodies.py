"""Bodies that may hold sealed thinking of earlier turns are told from those that cannot, as they are read."""

from typing import Any

import pytest

from proxyapp.protocols.anthropic import CODEC as ANTHROPIC
from proxyapp.protocols.base import Codec
from proxyapp.protocols.gemini import CODEC as GEMINI
from proxyapp.protocols.openai_chat import CODEC as OPENAI_CHAT
from proxyapp.protocols.openai_responses import CODEC as OPENAI_RESPONSES
from tests.proxyapp.protocols.asking import ask

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "x"}
MARKED = [{"type": "reasoning.text", "signature": "x"}]


def messages(content: Any, **members: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 9, "messages": [{"role": "assistant", "content": content, **members}]}


def contents(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"contents": [{"role": "model", "parts": list(parts)}]}


CASES: list[tuple[Codec, dict[str, Any], bool]] = [
    (ANTHROPIC, messages("Hi"), False),
    (ANTHROPIC, messages([{"type": "text", "text": "Hi"}]), False),
    (ANTHROPIC, messages([THOUGHT, {"type": "text", "text": "Hi"}]), True),
    (ANTHROPIC, messages([{"type": "redacted_thinking", "data": "x"}]), True),
    (ANTHROPIC, messages([{"type": "image", "source": {"type": "base64", "data": ""}}]), True),
    (OPENAI_CHAT, messages("Hi"), False),
    (OPENAI_CHAT, messages("Hi", reasoning_details=MARKED), True),
    (OPENAI_RESPONSES, {"model": "m", "input": "Hi"}, False),
    (OPENAI_RESPONSES, {"model": "m", "input": [{"role": "user", "content": "Hi"}]}, False),
    (OPENAI_RESPONSES, {"model": "m", "input": [{"type": "reasoning", "encrypted_content": "x"}]}, True),
    (GEMINI, contents({"text": "Hi"}), False),
    (GEMINI, contents({"text": "Hi", "thoughtSignature": "eA=="}), True),
    (GEMINI, contents({"functionCall": {"name": "f"}, "thought_signature": "eA=="}), True),
]


@pytest.mark.parametrize(("codec", "body", "sealed"), CASES)
def test_it_works(codec: Codec, body: dict[str, Any], sealed: bool) -> None:
    verb = "generateContent" if codec is GEMINI else None
    assert ask(codec, body, verb=verb).sealed is sealed
