"""A report leaves with its text, its PDF and its study, in the state it is in."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from integrations.hl7.maps.outgoing import Incomplete
from integrations.hl7.maps.result2oru import ReportFacts, oru_r01
from integrations.hl7.message import Message
from tests.support import outgoing
from tests.support.strictly import invalid_segments


def written(version: str = "2.5.1", **over: Any) -> str:
    facts: dict[str, Any] = {
        "status": "final",
        "text": "No haemorrhage.\nNo fracture.",
        "interpreter": "WILSON^JAMES",
        "observed_at": outgoing.AT,
        "reported_at": outgoing.AT,
        "pdf": b"%PDF-1.4 page",
    }
    return oru_r01(
        envelope=outgoing.envelope(version=version),
        person=outgoing.person(),
        visit=outgoing.visit(),
        order=outgoing.status(status="CM"),
        report=ReportFacts(**(facts | over)),
    )


def observed(message: Message, kind: str) -> list[str]:
    return [s.components(5)[-1][0] for s in message.all("OBX") if s.raw(2) == kind]


def test_text_study_and_pdf() -> None:
    message = Message(written())
    assert observed(message, "TX") == ["No haemorrhage.\nNo fracture."]
    assert observed(message, "HD") == ["1.2.3"]
    assert base64.b64decode(observed(message, "ED")[0]) == b"%PDF-1.4 page"
    assert (message.get("ORC-1"), message.get("OBR-25"), message.get("OBX-11")) == ("RE", "F", "F")
    assert message.get("OBR-22") == "20261124100000+0100"


@pytest.mark.parametrize(
    ("status", "code"), [("preliminary", "P"), ("final", "F"), ("amended", "C")]
)
def test_the_state_of_the_report(status: str, code: str) -> None:
    message = Message(written(status=status))
    assert {s.raw(11) for s in message.all("OBX")} == {message.get("OBR-25")} == {code}


def test_every_segment_is_valid_by_the_standard() -> None:
    assert invalid_segments(written()) == []


def test_an_old_receiver_gets_the_text_alone() -> None:
    message = Message(written(version="2.2"))
    assert [s.raw(2) for s in message.all("OBX")] == ["TX"]


def test_a_report_that_says_nothing_is_not_sent() -> None:
    with pytest.raises(Incomplete):
        written(text=" \n")
