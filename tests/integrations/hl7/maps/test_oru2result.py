"""OBR and OBX become a report: its status, its text in sections, and what it is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrations.hl7.maps.oru2result import NotAResultStatus, Report, reports
from integrations.hl7.maps.rows import FieldMissing, SegmentMissing
from integrations.hl7.message import Message
from tests.support.messages import joined, msh, oru_r01, pid

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


def read(text: str) -> list[Report]:
    return reports(Message(text), zone=UTC, now=NOW)


def of(*segments: str) -> list[Report]:
    return read(joined(msh("ORU^R01"), pid(), *segments))


def obr(*, status: str = "F", filler: str = "F1") -> str:
    return f"OBR|1||{filler}|A^a^L" + "|" * 21 + status


def test_a_report_as_it_is_sent() -> None:
    (report,) = read(oru_r01(accession="A1"))
    facts = report.facts
    assert facts.text == "Findings:\nNo haemorrhage.\n\nImpression:\nNormal."
    assert (facts.status, facts.interpreter) == ("final", "CURIE^MARIE")
    assert (facts.accession_number, facts.placer_order_number) == ("A1", "P100")
    assert facts.reported_at == datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "status"), [("P", "preliminary"), ("F", "final"), ("C", "amended"), ("f", "final")]
)
def test_statuses(sent: str, status: str) -> None:
    (report,) = of(obr(status=sent), "OBX|1|TX|||text||||||F")
    assert report.facts.status == status


def test_a_report_that_is_not_there_yet_is_announced() -> None:
    (report,) = of(obr(status="I"))
    assert (report.facts.status, report.facts.text) == ("registered", "")


def test_lines_of_one_section_follow_each_other_and_repetitions_are_lines() -> None:
    (report,) = of(
        obr(),
        "OBX|1|FT|18782-3^Findings^LN||One.\\.br\\Two.~Three.",
        "OBX|2|TX|18782-3^Findings^LN||Four & five^six.",
        "OBX|3|TX|71020&IMP||Fine.",
        "OBX|4|TX|18782-3^Findings^LN||withdrawn||||||D",
        "OBX|5|ED|PDF||^application^pdf^Base64^AAAA",
        "OBX|6|NM|X||12",
    )
    assert report.facts.text == (
        "Findings:\nOne.\nTwo.\nThree.\nFour & five^six.\n\nImpression:\nFine.\n\nX: 12"
    )


def test_the_study_is_named_by_an_obx_or_a_zds() -> None:
    (report,) = of(obr(), "OBX|1|HD|113014^DICOM Study^DCM||1.2.3^^ISO", "OBX|2|TX|||text")
    assert (report.facts.study_instance_uid, report.facts.text) == ("1.2.3", "text")


def test_each_obr_is_a_report() -> None:
    found = of(obr(filler="F1"), "OBX|1|TX|||one", obr(filler="F2"), "OBX|1|TX|||two")
    assert [r.facts.filler_order_number for r in found] == ["F1", "F2"]


@pytest.mark.parametrize(
    ("segments", "error", "field"),
    [
        (("OBX|1|TX|||text",), SegmentMissing, "OBR"),
        ((obr(),), SegmentMissing, "OBX"),
        ((obr(status=""), "OBX|1|TX|||text"), FieldMissing, "OBR-25"),
        ((obr(status="Q"), "OBX|1|TX|||text"), NotAResultStatus, "OBR-25"),
        ((obr(filler=""), "OBX|1|TX|||text"), FieldMissing, "OBR-3"),
    ],
)
def test_what_cannot_be_filed_is_refused_with_its_place(
    segments: tuple[str, ...], error: type[Exception], field: str
) -> None:
    with pytest.raises(error) as caught:
        of(*segments)
    assert caught.value.field == field  # type: ignore[attr-defined]


def test_the_obx_speak_where_the_obr_is_silent() -> None:
    (report,) = of(obr(status=""), "OBX|1|TX|||text||||||P")
    assert report.facts.status == "preliminary"


def test_a_report_whose_every_line_is_withdrawn_is_withdrawn() -> None:
    (report,) = of(obr(), "OBX|1|TX|||text||||||W", "OBX|2|TX|||more||||||D")
    assert (report.facts.status, report.facts.text) == ("entered_in_error", "")


def test_a_status_alone_keeps_the_text_that_was_sent_before() -> None:
    (report,) = of(obr(), "OBX|1|TX|18782-3^Findings^LN||||||||U")
    assert report.facts.keeps_text


def test_the_clock_of_a_version_is_obr_22_alone() -> None:
    (report,) = of(obr(), "OBX|1|TX|||text||||||F|||20261124100000+0000")
    assert report.facts.versioned_at is None
    assert report.facts.reported_at == datetime(2026, 11, 24, 10, tzinfo=UTC)
