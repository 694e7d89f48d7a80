"""One table for each measurement: medians, processor time, and ratios to the hub."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Table:
    """Measurements of several servers that do the same work in turn."""

    title: str
    unit: str
    work: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    processor: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, *, seconds: float, cpu: float) -> None:
        """Keep one round of one server."""
        self.seconds[name].append(seconds)
        self.processor[name].append(cpu)

    def show(self) -> None:
        """Print it; a ratio above 1 means that the hub is that many times quicker."""
        print(f"\n{self.title} (ms each {self.unit}; ratio: how many times the hub is quicker)")
        print(f"  {'':<20}{'elapsed':>10}{'ratio':>8}{'processor':>12}{'ratio':>8}")
        ours = self._each(self.seconds, "hub"), self._each(self.processor, "hub")
        for name in self.seconds:
            elapsed, cpu = self._each(self.seconds, name), self._each(self.processor, name)
            # A server that forks has its time counted late: not at all is not for nothing.
            shown = f"{cpu:>12.2f}{cpu / ours[1]:>8.2f}" if cpu and ours[1] else ""
            print(f"  {name:<20}{elapsed:>10.2f}{elapsed / ours[0]:>8.2f}{shown}")

    def _each(self, values: dict[str, list[float]], name: str) -> float:
        return statistics.median(values[name]) / self.work * 1000
