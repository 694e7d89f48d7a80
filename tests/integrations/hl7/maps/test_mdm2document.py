"""TXA becomes a report: its number, its parent, its status by event."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrations.hl7.maps import tables
from integrations.hl7.maps.mdm2document import EVENTS, document
from integrations.hl7.maps.oru2result import NotAResultStatus, Report
from integrations.hl7.maps.rows import FieldMissing, SegmentMissing
from integrations.hl7.message import Message
from tests.support.messages import mdm

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


def read(event: str = "T02", **over: str) -> Report:
    return document(Message(mdm(event, **over)), EVENTS[event], zone=UTC, now=NOW)


def test_a_document_as_it_is_sent() -> None:
    facts = read().facts
    assert (facts.number, facts.parent_number, facts.status) == ("DOC1", "", "final")
    assert (facts.placer_order_number, facts.filler_order_number) == ("P100", "F100")
    assert (facts.title, facts.text) == ("Radiology report", "Impression:\nNormal.")
    assert facts.versioned_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert facts.interpreter == "CURIE^MARIE"


@pytest.mark.parametrize("code", sorted(tables.DOCUMENT_STATUS))
def test_every_status_of_a_document(code: str) -> None:
    expected = {"AU": "final", "LA": "final", "CA": "cancelled"}.get(code, "preliminary")
    assert read(status=code).facts.status == expected


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("T01", "registered"),
        ("T02", "final"),
        ("T03", "final"),
        ("T04", "final"),
        ("T06", "appended"),
        ("T08", "amended"),
        ("T10", "amended"),
        ("T11", "cancelled"),
    ],
)
def test_every_event_of_a_signed_document(event: str, status: str) -> None:
    facts = read(event, parent="DOC0").facts
    assert facts.status == status
    assert facts.parent_number == ("DOC0" if event in ("T06", "T10") else "")


def test_a_status_without_the_document_keeps_its_text() -> None:
    assert read("T03", text="").facts.keeps_text
    assert read("T04", text="").facts.keeps_text


@pytest.mark.parametrize(
    ("over", "error", "field"),
    [
        ({"number": ""}, FieldMissing, "TXA-12.1"),
        ({"kind": ""}, FieldMissing, "TXA-2"),
        ({"status": "QQ"}, NotAResultStatus, "TXA-17"),
        ({"text": ""}, SegmentMissing, "OBX"),
        ({"event": "T10"}, FieldMissing, "TXA-13"),
        ({"event": "T06"}, FieldMissing, "TXA-13"),
    ],
)
def test_what_cannot_be_filed_is_refused_with_its_place(
    over: dict[str, str], error: type[Exception], field: str
) -> None:
    with pytest.raises(error) as caught:
        read(**over)
    assert caught.value.field == field  # type: ignore[attr-defined]
