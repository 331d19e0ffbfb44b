"""Usage in the words of chat: the prompt includes cached and written tokens, the completion reasoning."""

from typing import Any

from proxyapp.protocols.counting import Lie
from proxyapp.protocols.openai_chat import answer
from proxyapp.usage import TokenUsage


def believed(reported: Any) -> TokenUsage | None:
    """What a provider reports; None where it reports nothing, or what cannot be true."""
    if reported is None:
        return None
    try:
        return answer.read_usage(reported)
    except Lie:
        return None


def write_usage(usage: TokenUsage) -> dict[str, Any]:
    written = usage.cache_write_5m + usage.cache_write_1h
    prompt = usage.input + usage.cache_read + written
    return {
        "prompt_tokens": prompt,
        "completion_tokens": usage.output,
        "total_tokens": prompt + usage.output,
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read,
            "audio_tokens": 0,
            "cache_write_tokens": written,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
