"""Usage in answers: `usageMetadata`."""

import msgspec
from msgspec import Raw

from proxyapp.protocols.counting import BROKEN, Lie, given
from proxyapp.protocols.gemini.answer import read_usage
from proxyapp.usage import TokenUsage


def believed(report: Raw) -> TokenUsage | None:
    """The usage in a report; None where there is none, or one that cannot be true."""
    if not given(report):
        return None
    try:
        return read_usage(msgspec.json.decode(report))
    except (Lie, *BROKEN):
        return None


def write_usage(usage: TokenUsage) -> dict[str, int]:
    """The report that says the same. Gemini knows no tokens written to a cache: they count as input."""
    prompt = usage.input + usage.cache_read + usage.cache_write_5m + usage.cache_write_1h
    report = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": max(usage.output - usage.reasoning, 0),
        "totalTokenCount": prompt + usage.output,
    }
    if usage.cache_read:
        report["cachedContentTokenCount"] = usage.cache_read
    if usage.reasoning:
        report["thoughtsTokenCount"] = usage.reasoning
    return report
