"""Usage, in answers and for clients."""

from typing import Any

from proxyapp.protocols.counting import Lie
from proxyapp.protocols.openai_responses.answer import read_usage
from proxyapp.usage import TokenUsage


def believed(reported: Any) -> TokenUsage | None:
    """What a provider reports; None where that cannot be true."""
    try:
        return None if reported is None else read_usage(reported)
    except Lie:
        return None


def written_usage(usage: TokenUsage | None) -> dict[str, Any] | None:
    """The usage object: `input_tokens` includes cached and written tokens, `output_tokens` reasoning."""
    if usage is None:
        return None
    written = usage.cache_write_5m + usage.cache_write_1h
    total = usage.input + usage.cache_read + written
    kept = {"ttl_12h_tokens": usage.cache_write_1h, "ttl_30m_tokens": usage.cache_write_5m}
    return {
        "input_tokens": total,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": written,
            "cache_write_tokens_details": kept,
        },
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": total + usage.output,
    }
