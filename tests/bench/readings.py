"""What was measured: a number per quantity, target and round."""

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

Name = tuple[str, str, str]
"""Figure, target, quantity."""


@dataclass
class Readings:
    values: dict[Name, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, figure: str, target: str, quantities: dict[str, float]) -> None:
        for quantity, value in quantities.items():
            self.values[figure, target, quantity].append(value)

    def median(self, figure: str, target: str, quantity: str) -> float | None:
        found = self.values.get((figure, target, quantity))
        return median(found) if found else None

    def all(self, quantity: str) -> list[float]:
        """Every reading of a quantity, whatever the figure and target."""
        return [value for name, values in self.values.items() if name[2] == quantity for value in values]

    def spread(self, figure: str, target: str, quantity: str) -> tuple[float, float] | None:
        """The least and the greatest of several rounds."""
        found = self.values.get((figure, target, quantity), [])
        return (min(found), max(found)) if len(found) > 1 else None

    def as_json(self) -> list[dict[str, object]]:
        return [
            {"figure": figure, "target": target, "quantity": quantity, "rounds": values}
            for (figure, target, quantity), values in self.values.items()
        ]
