"""ORC, OBR and ZDS become orders: every pair is read, and each identifier is kept whole."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.hl7.maps.order_groups import (
    OrderGroup,
    StudiesDiffer,
    order_groups,
    require_procedure,
)
from integrations.hl7.maps.orm2order import BadAccessionNumber, BadUid
from integrations.hl7.maps.rows import FieldMissing, SegmentMissing, TooLong
from integrations.hl7.maps.times import BadTime
from integrations.hl7.message import Message
from tests.support.messages import joined, msh, orm_o01, pid
from worklist.orders.rules import Code

PARIS = ZoneInfo("Europe/Paris")


def groups(text: str) -> list[OrderGroup]:
    return order_groups(Message(text), zone=PARIS)


def several(*segments: str) -> list[OrderGroup]:
    return groups(joined(msh("ORM^O01"), pid(), *segments))


def test_an_order_as_ihe_lays_it_out() -> None:
    (group,) = groups(orm_o01(accession="A1", filler="F9^RIS", study="1.2.3"))
    facts = group.facts
    assert (group.control, group.status) == ("NW", "")
    assert (facts.placer_order_number, facts.placer_namespace) == ("P100", "HIS")
    assert (facts.filler_order_number, facts.filler_namespace) == ("F9", "RIS")
    assert (facts.accession_number, facts.study_instance_uid) == ("A1", "1.2.3")
    assert facts.procedure == Code(value="CTHEAD", scheme="L", meaning="CT head")
    assert (facts.modality, facts.priority) == ("CT", "ROUTINE")
    assert (facts.ordering_provider_id, facts.ordering_provider_name) == ("D7", "WELBY^MARCUS")
    assert facts.referring_physician_name == "HOUSE^GREGORY"
    assert (facts.visit_number, facts.account_number) == ("V77", "ACC1")
    assert (facts.patient_class, facts.location) == ("O", "RAD ROOM1 BED2")
    assert (facts.sending_application, facts.sending_facility) == ("HIS", "GH")
    assert facts.event_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert [step.start for step in facts.steps] == [datetime(2026, 11, 24, 10, tzinfo=UTC)]
    assert facts.steps[0].station_ae_title == ""


def test_a_time_without_offset_is_the_sites() -> None:
    (group,) = groups(orm_o01(start="20261124100000"))
    assert group.facts.steps[0].start == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_no_time_is_not_now() -> None:
    (group,) = groups(orm_o01(start=""))
    assert group.facts.steps[0].start is None


def test_the_requested_procedure_is_obr_44_where_it_is_sent() -> None:
    obr = ["1", "P1", "", "ORDER^Order^L^PROT^Protocol^L"] + [""] * 39 + ["RP^Procedure^99GH"]
    (group,) = several("ORC|NW|P1", "OBR|" + "|".join(obr))
    assert group.facts.procedure == Code(value="RP", scheme="99GH", meaning="Procedure")
    assert group.facts.steps[0].protocol == Code(value="PROT", scheme="L", meaning="Protocol")


def test_every_order_of_a_message_is_read() -> None:
    found = several(
        "ORC|NW|P1", "OBR|1|P1||A^a^L", "ZDS|1.2.1", "ORC|CA|P2", "OBR|2|P2||B^b^L", "ZDS|1.2.2"
    )
    assert [(g.control, g.facts.placer_order_number) for g in found] == [("NW", "P1"), ("CA", "P2")]
    assert [g.facts.study_instance_uid for g in found] == ["1.2.1", "1.2.2"]


def test_pairs_with_one_requested_procedure_id_are_steps_of_one_order() -> None:
    def obr(number: str, step: str) -> str:
        return f"OBR|{number}|P1||A^a^L" + "|" * 15 + f"RP1|{step}"

    (group,) = several(
        "ORC|NW|P1", obr("1", "S1"), "ORC|NW|P1", obr("2", "S2"), "ZDS|1.2.9^^Application^DICOM"
    )
    assert group.facts.requested_procedure_id == "RP1"
    assert [s.scheduled_procedure_step_id for s in group.facts.steps] == ["S1", "S2"]
    assert group.facts.study_instance_uid == "1.2.9"


def test_ipc_segments_are_steps_and_carry_the_identifiers() -> None:
    (group,) = several(
        "ORC|NW|P1",
        "OBR|1|P1||A^a^L",
        "IPC|A7|RP7|1.2.7|S1|MR|X^Head^L|||MR1",
        "IPC|A7|RP7|1.2.7|S2|MR|X^Neck^L|||MR2",
    )
    assert (group.facts.accession_number, group.facts.requested_procedure_id) == ("A7", "RP7")
    assert group.facts.study_instance_uid == "1.2.7"
    assert [(s.station_ae_title, s.modality) for s in group.facts.steps] == [
        ("MR1", "MR"),
        ("MR2", "MR"),
    ]


@pytest.mark.parametrize(
    ("text", "error", "field"),
    [
        (orm_o01(study="1.2/../3"), BadUid, "ZDS-1.1"),
        (orm_o01(study="1.02.3"), BadUid, "ZDS-1.1"),
        (orm_o01(accession="A" * 17), TooLong, "OBR-18.1"),
        (orm_o01(accession="A*1"), BadAccessionNumber, "OBR-18.1"),
        (orm_o01(start="noon"), BadTime, "ORC-7.4"),
        (orm_o01(placer=""), FieldMissing, "ORC-2"),
        (joined(msh("ORM^O01"), pid()), SegmentMissing, "ORC"),
        (
            joined(msh("ORM^O01"), pid(), "ORC|NW|P", "OBR|1|P", "IPC|||1.2", "IPC|||1.3"),
            StudiesDiffer,
            "IPC-3",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(
    text: str, error: type[Exception], field: str
) -> None:
    with pytest.raises(error) as caught:
        groups(text)
    assert caught.value.field == field  # type: ignore[attr-defined]


def test_a_new_order_says_what_is_to_be_done() -> None:
    (group,) = groups(orm_o01(code=""))
    with pytest.raises(FieldMissing):
        require_procedure(group.facts)


def test_an_order_of_the_patients_past_is_left_out() -> None:
    found = several(
        "ORC|NW|P1", "OBR|1|P1||A^a^L", "OBX|1|TX|X||x", "PV1|1|O", "ORC|SC|OLD", "OBR|1|OLD"
    )
    assert [g.facts.placer_order_number for g in found] == ["P1"]
    again = several(
        "ORC|NW|P1", "OBR|1|P1||A^a^L", "PID|2", "ORC|SC|OLD", "OBR|1", "ORC|NW|P2", "OBR|2"
    )
    assert [g.facts.placer_order_number for g in again] == ["P1", "P2"]


def test_the_null_value_empties_what_may_be_emptied_and_is_told_where_it_may_not() -> None:
    (group,) = several('ORC|XO|P1|""', 'OBR|1|P1||A^a^L||||||||""|""')
    assert group.facts.cleared >= {"patient_state", "clinical_information"}
    assert group.facts.filler_order_number == ""
    assert [(d.field, d.condition) for d in group.doubts] == [("ORC-3.1", "0")]


def test_notes_belong_to_what_they_follow() -> None:
    text = joined(
        msh("ORM^O01"),
        pid(),
        "NTE|1||of the patient",
        "ORC|NW|P1",
        "OBR|1|P1||A^a^L",
        "NTE|1||of the request",
        "OBX|1|TX|X||x",
        "NTE|1||of the observation",
    )
    (group,) = groups(text)
    facts = group.facts
    assert (facts.patient_comments, facts.comments) == ("of the patient", "of the request")


@pytest.mark.parametrize(
    ("filler", "accession", "number"),
    [("F1", "", "F1"), ("F1", "A1", "A1"), ("F" * 17, "", ""), ("F*1", "", ""), ("", "", "")],
)
def test_a_filler_number_is_the_accession_number_where_the_link_says_so(
    filler: str, accession: str, number: str
) -> None:
    text = Message(orm_o01(filler=filler, accession=accession))
    (group,) = order_groups(text, zone=PARIS, filler_is_accession=True)
    assert group.facts.accession_number == number
