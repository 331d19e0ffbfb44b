"""What a request orders, in the units it is priced by: known before it is sent, so that a cap is hard."""

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from proxyapp.errors import InvalidRequest
from proxyapp.usage import TokenUsage

IMAGES = ("n", "num_images", "max_images", "image_num", "sample_count", "batch_size")
SECONDS = ("duration", "duration_seconds", "seconds")
TEXT = ("text", "input", "prompt")
_NESTED = ("parameters", "input", "request")
_MOST = 10_000


def ordered(
    body: Mapping[str, Any], rates: Mapping[str, int], cost: Mapping[str, int] | None = None
) -> TokenUsage:
    """The units of the meters that `rates` price, and one call; of those that only `cost` has, what is known.

    Names as the known providers write them (`duration`, `parameters.duration`, …), the largest where there
    are several. A film that is priced by the second must say how long it is to be, and speech what is to be
    said.
    """
    units = {"calls": 1}
    for meter, count in _COUNTED.items():
        if rates.get(meter):
            units[meter] = count(body)
        elif cost and cost.get(meter):
            with suppress(InvalidRequest):
                units[meter] = count(body)
    return TokenUsage(**units)


def _images(body: Mapping[str, Any]) -> int:
    return _largest(body, IMAGES) or 1


def _seconds(body: Mapping[str, Any]) -> int:
    seconds = _largest(body, SECONDS)
    if not seconds:
        raise InvalidRequest(
            "This model is priced by the second, so the request must say how many it orders.",
            hint="Send `duration` in seconds.",
            param="duration",
        )
    return _images(body) * seconds


def _characters(body: Mapping[str, Any]) -> int:
    said = (text for _, text in _values(body, TEXT) if isinstance(text, str))
    characters = max(map(len, said), default=0)  # which of them the provider speaks, only it knows
    if not characters:
        raise InvalidRequest(
            "This model is priced by the character, so the request must hold the text itself.",
            hint=f"Send one of {', '.join(TEXT)}.",
            param=TEXT[0],
        )
    return characters


_COUNTED = {"images": _images, "seconds": _seconds, "characters": _characters}
METERS = (*_COUNTED, "calls")
"""The meters by which an order can be priced."""


def _largest(body: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return max((_count(path, value) for path, value in _values(body, names)), default=0)


def _values(body: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    nested = {f"{name}.": body[name] for name in _NESTED if isinstance(body.get(name), dict)}
    for prefix, table in {"": body, **nested}.items():
        for name in names:
            if table.get(name) is not None:
                yield prefix + name, table[name]


def _count(path: str, value: Any) -> int:
    """A count as clients write it: 5, 5.0 or "5"; parts of a unit count as a whole one."""
    try:
        number = math.ceil(float(value)) if not isinstance(value, bool) else 0
    except (TypeError, ValueError, OverflowError):
        number = 0
    if not 1 <= number <= _MOST:
        raise InvalidRequest(f"`{path}` must be a number from 1 to {_MOST}.", param=path)
    return number
