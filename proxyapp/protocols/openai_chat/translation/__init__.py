"""Chat Completions in and out of the form between protocols."""

from proxyapp.protocols.openai_chat.translation.translator import TRANSLATOR

__all__ = ["TRANSLATOR"]
