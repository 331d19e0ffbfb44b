"""The four protocols by name."""

from proxyapp.sandbox import anthropic, gemini, openai
from proxyapp.sandbox.dialect import Dialect

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect for dialect in (anthropic.DIALECT, openai.CHAT, openai.RESPONSES, gemini.DIALECT)
}
