"""What waits for one receiver, in the order in which it may go; reads only.

A backlog may be long: it is walked in pages by an index, and whole messages are read one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from integrations.hl7.outbound.models import ON_THE_WAY, OutboundMessage

PAGE: Final = 500
COLUMNS: Final = ("pk", "stream", "place", "attempts", "next_attempt_at")


@dataclass(frozen=True)
class Waiting:
    """One message that waits; `turn` is its place in its stream."""

    pk: int
    stream: str
    turn: int
    attempts: int
    next_attempt_at: datetime


class Backlog:
    """What waits for one receiver, and which streams cannot go on now."""

    def __init__(self, name: str) -> None:
        self._rows = OutboundMessage.objects.filter(ON_THE_WAY, peer_name=name)
        self._stuck: set[str] = set()
        blocking = OutboundMessage.objects.filter(peer_name=name, blocking=True)
        self._blocked: dict[str, int] = {}
        for pk, place, stream in blocking.values_list("pk", "place", "stream"):
            turn = place or pk
            self._blocked[stream] = min(turn, self._blocked.get(stream, turn))

    def stop(self, stream: str) -> None:
        """Say that a stream cannot go on for now."""
        self._stuck.add(stream)

    def in_turn(self, *, now: datetime) -> Iterator[Waiting]:
        """Yield what may go now: of each stream the first, then the next while none is stopped.

        What was tried before comes after what was not, page by page, so that a message its
        receiver chokes on delays its own stream alone.
        """
        for page in self._pages():
            tried: list[Waiting] = []
            deferred: set[str] = set()
            for one in page:
                if one.stream not in deferred and not self._may_go(one, now):
                    continue
                if one.attempts or one.stream in deferred:
                    deferred.add(one.stream)
                    tried.append(one)
                else:
                    yield one
            yield from (one for one in tried if self._may_go(one, now))

    def _may_go(self, one: Waiting, now: datetime) -> bool:
        if one.stream in self._stuck:
            return False
        if one.turn > self._blocked.get(one.stream, one.turn) or one.next_attempt_at > now:
            self._stuck.add(one.stream)
            return False
        return True

    def _pages(self) -> Iterator[list[Waiting]]:
        """Yield the backlog; what a person sent again stands where it stood before, at the front.

        Everything before that was settled when it was first sent.
        """
        again = self._read(place__isnull=False)
        last = 0
        while page := self._read(place__isnull=True, pk__gt=last):
            last = page[-1].pk
            yield sorted([*again, *page], key=lambda one: (one.turn, one.pk))
            again = []
        if again:
            yield sorted(again, key=lambda one: (one.turn, one.pk))

    def _read(self, **which: object) -> list[Waiting]:
        rows = self._rows.filter(**which).order_by("pk").values_list(*COLUMNS)[:PAGE]
        return [
            Waiting(pk, stream, place or pk, attempts, at)
            for pk, stream, place, attempts, at in rows
        ]
