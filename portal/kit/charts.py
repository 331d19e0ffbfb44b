"""Charts drawn on the server: SVG that scales with the page, and the same figures as a table.

Widths are percentages and heights are pixels, so that a chart fills any width without its strokes and words
being stretched. Colours come from the style sheet (classes ``s0`` to ``s5``), never from here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_TOP, _HEIGHT, _BOTTOM = 8, 168, 24
_LINES = 4
_PER_BAR = 1_000  # a bar's share of the width is computed in thousandths of a per cent


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the stack: a name and a value for every bar. `style` is the class of its colour."""

    name: str
    values: Sequence[int]
    style: str


@dataclass(frozen=True, slots=True)
class StackedBars:
    """A chart of non-negative integers over time. `write` turns a value into words."""

    labels: Sequence[str]
    ticks: Sequence[str]  # what stands below each bar; empty for nothing
    series: Sequence[Series]
    write: Callable[[int], str]

    @property
    def totals(self) -> list[int]:
        return [sum(values) for values in zip(*(s.values for s in self.series), strict=True)]

    @property
    def is_empty(self) -> bool:
        return not any(self.totals)

    @property
    def rows(self) -> list[tuple[str, list[str], str]]:
        """The same as a table: label, a cell for every series, total."""
        cells = zip(*(s.values for s in self.series), strict=True)
        return [
            (label, [self.write(value) for value in row], self.write(sum(row)))
            for label, row in zip(self.labels, cells, strict=True)
        ]

    @property
    def plot(self) -> SafeString:
        """The bars and their dates; as wide as the page gives."""
        lines = grid_lines(max(self.totals, default=0))
        top = lines[-1]
        grid = [(_height(line, top),) for line in lines]
        return format_html(
            '<svg class="chart-plot" height="{}" aria-hidden="true" focusable="false">{}{}</svg>',
            _TOP + _HEIGHT + _BOTTOM,
            format_html_join("", '<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>', grid),
            format_html_join("", "{}", ((self._bar(n, top),) for n in range(len(self.labels)))),
        )

    @property
    def axis(self) -> SafeString:
        """What the lines mean; a fixed width, beside the bars."""
        lines = grid_lines(max(self.totals, default=0))
        return format_html(
            '<svg class="chart-axis" height="{}" aria-hidden="true" focusable="false">{}</svg>',
            _TOP + _HEIGHT + _BOTTOM,
            format_html_join(
                "",
                '<text x="8" y="{}">{}</text>',
                ((_height(line, lines[-1]) + 4, self.write(line)) for line in lines),
            ),
        )

    def _bar(self, n: int, top: int) -> SafeString:
        slot = 100 * _PER_BAR // len(self.labels)
        left, width = _percent(n * slot + slot // 8), _percent(slot * 3 // 4)
        pieces = [(style, left, y, width, height) for style, y, height in self._stack(n, top)]
        return format_html(
            '<g class="bar"><title>{}</title>'
            '<rect class="slot" x="{}" y="{}" width="{}" height="{}"/>{}{}</g>',
            self._words(n),
            _percent(n * slot),
            _TOP,
            _percent(slot),
            _HEIGHT,
            format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', pieces),
            self._tick(n, _percent(n * slot + slot // 2)),
        )

    def _stack(self, n: int, top: int) -> Iterator[tuple[str, int, int]]:
        """Style, upper edge and height of every piece of a bar, from its foot upwards."""
        below = 0
        for one in self.series:
            value = one.values[n]
            foot, head = below * _HEIGHT // top, (below + value) * _HEIGHT // top
            below += value
            if value:
                height = max(head - foot, 1)  # what is there can be seen
                yield one.style, _TOP + _HEIGHT - foot - height, height

    def _tick(self, n: int, x: str) -> str:
        if not self.ticks[n]:
            return ""
        later = sum(1 for tick in self.ticks[n + 1 :] if tick)
        style = "minor" if later % 2 else "major"  # where it is narrow, every other one is left out
        y = _TOP + _HEIGHT + 18
        return format_html('<text class="{}" x="{}" y="{}">{}</text>', style, x, y, self.ticks[n])

    def _words(self, n: int) -> str:
        lines = [f"{self.labels[n]}: {self.write(self.totals[n])}"]
        return "\n".join(lines + [f"{s.name}: {self.write(s.values[n])}" for s in self.series if s.values[n]])


def grid_lines(largest: int) -> list[int]:
    """At most `_LINES` round values above zero, evenly apart, the last of them not below `largest`."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            step = digit * power
            if step * _LINES >= largest:
                return [n * step for n in range(max(1, -(-largest // step)) + 1)]
        power *= 10


def _height(value: int, top: int) -> int:
    return _TOP + _HEIGHT - value * _HEIGHT // top


def ticks(labels: Sequence[str], most: int = 7) -> list[str]:
    """Every so many of the labels, the last one always among them."""
    every = -(-len(labels) // most)
    return [label if (len(labels) - 1 - n) % every == 0 else "" for n, label in enumerate(labels)]


def _percent(thousandths: int) -> str:
    return f"{thousandths // _PER_BAR}.{thousandths % _PER_BAR:03d}%"
