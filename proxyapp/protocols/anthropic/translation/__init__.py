"""Anthropic Messages, read into the form between protocols and written out of it."""

from proxyapp.protocols.anthropic.translation.translator import TRANSLATOR

__all__ = ["TRANSLATOR"]
