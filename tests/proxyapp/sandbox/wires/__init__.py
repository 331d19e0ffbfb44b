"""The four protocols as a test sees them: equivalent requests out, what was said back in."""

from .anthropic import Anthropic
from .base import Said, Talk, Wire, events
from .gemini import Gemini
from .openai_chat import OpenAIChat
from .openai_responses import OpenAIResponses

WIRES: dict[str, Wire] = {
    wire.name: wire for wire in (Anthropic(), OpenAIChat(), OpenAIResponses(), Gemini())
}

__all__ = ["WIRES", "Said", "Talk", "Wire", "events"]
