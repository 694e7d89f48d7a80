"""Events survive the way through the outbox."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pacs_hub.kernel.events import Event
from tests.support.builders import MORNING


@dataclass(frozen=True, kw_only=True)
class Happened(Event):
    """A test event."""

    number: int


def test_an_event_comes_back_as_it_was_published() -> None:
    event = Happened(occurred_at=MORNING, correlation_id="c", number=5)
    assert Happened.from_payload(event.payload()) == event


def test_fields_of_a_newer_release_are_ignored() -> None:
    payload = Happened(occurred_at=MORNING, correlation_id="c", number=5).payload()
    assert Happened.from_payload({**payload, "added_later": 1}).number == 5


def test_an_event_without_a_stream_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        _ = Happened(occurred_at=MORNING, correlation_id="c", number=5).stream
