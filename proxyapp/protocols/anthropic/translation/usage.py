"""The usage object of an answer, written. It is read by `answer.Tally`."""

from typing import Any

from proxyapp.usage import TokenUsage

_UNKNOWN = TokenUsage()


def write_usage(usage: TokenUsage | None) -> dict[str, Any]:
    """The counters as Anthropic reports them: `input_tokens` without what was read from or written to the
    cache, `output_tokens` with the reasoning. Zeros where nothing is known, since clients need numbers.
    """
    known = usage or _UNKNOWN
    report: dict[str, Any] = {
        "input_tokens": known.input,
        "cache_creation_input_tokens": known.cache_write_5m + known.cache_write_1h,
        "cache_read_input_tokens": known.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": known.cache_write_5m,
            "ephemeral_1h_input_tokens": known.cache_write_1h,
        },
        "output_tokens": known.output,
    }
    if known.reasoning:
        report["output_tokens_details"] = {"thinking_tokens": known.reasoning}
    return report
