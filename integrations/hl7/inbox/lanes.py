"""Whose turn it is: in order of arrival within a lane, side by side between lanes; pure.

An item names its lanes; two items that name one in common are worked on one after the other, in
the order they were added. An item that sleeps keeps its lanes, and holds up nobody else.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

LOOK_AHEAD: Final = 512


class Turns(Generic[T]):
    """The items that wait, for `workers` that each take some at a time."""

    def __init__(self, lanes_of: Callable[[T], frozenset[str]], *, workers: int) -> None:
        """Ask `lanes_of` only where it matters: a single worker takes all in order anyway."""
        self._lanes_of = lanes_of
        self._workers = workers
        self._waiting: deque[T] = deque()
        self._busy: Counter[str] = Counter()
        self._asleep = 0
        self._lanes: dict[int, frozenset[str]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, item: T) -> None:
        """Put an item behind all others."""
        self._waiting.append(item)

    def take(self, most: int) -> list[T]:
        """Return the next items for one worker, in order; none where all lanes are taken.

        Side by side with others a worker never gets two of one lane: the first may have to sleep,
        and the second would go before it.
        """
        if self._workers == 1 and not self._asleep:
            count = min(most, len(self._waiting))
            return [self._waiting.popleft() for _ in range(count)]
        taken: list[T] = []
        passed: list[T] = []
        held_up: set[str] = set()
        mine: Counter[str] = Counter()
        while self._waiting and len(taken) < most and len(passed) < LOOK_AHEAD:
            item = self._waiting.popleft()
            lanes = self._lanes.setdefault(id(item), self._lanes_of(item))
            shared = self._workers > 1 and any(mine[lane] for lane in lanes)
            if shared or lanes & held_up or any(self._busy[lane] for lane in lanes):
                passed.append(item)
                held_up |= lanes
            else:
                taken.append(item)
                mine.update(lanes)
        self._waiting.extendleft(reversed(passed))
        self._busy.update(mine)
        return taken

    def done(self, items: Iterable[T]) -> None:
        """Free the lanes of items that are settled."""
        for item in items:
            self._free(item)

    def sleep(self, item: T) -> None:
        """Let an item wait without a worker; its lanes stay taken."""
        if id(item) not in self._lanes:
            self._lanes[id(item)] = self._lanes_of(item)
            self._busy.update(self._lanes[id(item)])
        self._asleep += 1

    def wake(self, item: T) -> None:
        """Put an item that slept before all others; it still comes first in its lanes."""
        self._asleep -= 1
        self._free(item)
        self._waiting.appendleft(item)

    def _free(self, item: T) -> None:
        lanes = self._lanes.pop(id(item), None)
        if lanes is not None:
            self._busy.subtract(lanes)
            for lane in lanes:
                if self._busy[lane] <= 0:
                    del self._busy[lane]
