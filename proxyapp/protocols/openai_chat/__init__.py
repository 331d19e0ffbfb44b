"""OpenAI Chat Completions: `POST /v1/chat/completions`."""

from proxyapp.protocols.openai_chat.codec import CODEC

__all__ = ["CODEC"]
