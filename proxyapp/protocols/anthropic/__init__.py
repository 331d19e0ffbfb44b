"""Anthropic Messages: `POST /v1/messages`."""

from proxyapp.protocols.anthropic.codec import CODEC

__all__ = ["CODEC"]
