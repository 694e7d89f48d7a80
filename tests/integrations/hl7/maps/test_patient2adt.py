"""Changed demographics leave as the event the receiver asked for."""

from __future__ import annotations

import pytest

from integrations.hl7.maps.patient2adt import adt_update
from integrations.hl7.message import Message
from tests.support import outgoing
from tests.support.strictly import invalid_segments


@pytest.mark.parametrize(("event", "structure"), [("A31", "ADT_A05"), ("A08", "ADT_A01")])
def test_the_person_as_they_are_now(event: str, structure: str) -> None:
    text = adt_update(
        event=event,
        envelope=outgoing.envelope(),
        person=outgoing.person(name="Yamada^Tarou=山田^太郎=やまだ^たろう"),
        at=outgoing.AT,
    )
    message = Message(text)
    assert [message.get(f"MSH-9.{n}") for n in (1, 2, 3)] == ["ADT", event, structure]
    assert [message.get(f"PID-5({n}).8") for n in (1, 2, 3)] == ["A", "I", "P"]
    assert (message.get("EVN-6"), message.get("PV1-2")) == ("20261124100000+0100", "N")
    assert invalid_segments(text) == []
