"""Gemini: `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`."""

from proxyapp.protocols.gemini.codec import CODEC

__all__ = ["CODEC"]
