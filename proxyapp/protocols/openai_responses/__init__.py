"""OpenAI Responses: `POST /v1/responses`."""

from proxyapp.protocols.openai_responses.codec import CODEC

__all__ = ["CODEC"]
