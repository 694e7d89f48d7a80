"""Rules of sending on, and the work of its tasks done here and now."""

from __future__ import annotations

from typing import Any

from archive.forwarding.departure import Stock
from archive.forwarding.models import Sending
from archive.forwarding.queries import due_lanes
from archive.forwarding.sender import drive
from archive.storage.area import StorageArea
from pacs_hub.kernel import clock
from pacs_hub.outbox.relay import Relay
from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS, UNHEARD
from tests.support.stored import settle


def forward_rule(**over: Any) -> dict[str, Any]:
    """Return the row of a rule that sends every settled study to WS."""
    row: dict[str, Any] = {"name": "all", "to": "WS", "when": "settled"}
    return row | over


def relay() -> None:
    """Run the reactions to what has happened."""
    Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=60).run()


def settled() -> None:
    """Let every study settle, and the reactions to that run."""
    settle()
    relay()


def drive_all(area: StorageArea, *, most: int = 4) -> int:
    """Drive every lane that is due, one after the other; returns how many objects went."""
    stock = Stock(area=area, key=b"key")
    titles = due_lanes(now=clock.now(), most=most)
    return sum(drive(title, ours="PACSHUB", stock=stock, seconds=30) for title in titles)


def make_due() -> None:
    """Let no sending wait any longer."""
    Sending.objects.update(next_attempt_at=clock.now())
