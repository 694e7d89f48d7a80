"""A step that started or ended leaves as an order status the placer can match."""

from __future__ import annotations

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_segment

from integrations.hl7.maps.outgoing import Incomplete
from integrations.hl7.maps.step2status import ORDER_STATUS, orm_o01
from integrations.hl7.message import Message
from tests.support import outgoing


def written(**over: object) -> str:
    return orm_o01(
        envelope=outgoing.envelope(),
        person=outgoing.person(),
        visit=outgoing.visit(),
        order=outgoing.status(**over),
    )


def test_the_order_and_its_status() -> None:
    message = Message(written())
    assert [message.get(f"ORC-{n}") for n in (1, 2, 3, 5)] == ["SC", "P100", "F9", "IP"]
    assert (message.get("OBR-18"), message.get("OBR-24")) == ("A1", "CT")
    assert message.get("ZDS-1.1") == "1.2.3"


def test_every_segment_is_valid_by_the_standard() -> None:
    for segment in written().split("\r")[1:-2]:
        parsed = parse_segment(segment, version="2.5.1", validation_level=VALIDATION_LEVEL.STRICT)
        assert parsed.validate(), segment


def test_only_states_somebody_waits_for_are_announced() -> None:
    assert ORDER_STATUS == {
        "scheduled": "SC",
        "in_progress": "IP",
        "completed": "CM",
        "discontinued": "DC",
        "cancelled": "CA",
    }


def test_an_order_without_a_number_is_not_announced() -> None:
    with pytest.raises(Incomplete):
        written(placer_order_number="", filler_order_number="")
