"""What the simulated HIS and reading room write, read by another library (python-hl7)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import hl7
import pytest

from integrations.hl7.maps import adt2patient, order_groups, oru2result
from integrations.hl7.message import Message
from pacs_hub.demo import messages, reports
from pacs_hub.demo.cases import Case, Numbers, new_case
from pacs_hub.demo.people import MEN, READERS, WOMEN, Name, Person, invent

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def a_case(**changes: str) -> Case:
    return new_case(numbers=Numbers(), now=NOW, start=NOW + timedelta(minutes=5), **changes)  # type: ignore[arg-type]


def a_person(name: Name) -> Person:
    found = invent(number="261124000001", today=NOW.date(), rng=random.Random(1))
    return Person(
        patient_id=found.patient_id,
        name=name,
        birth_date=found.birth_date,
        sex=found.sex,
        account_number=found.account_number,
    )


@pytest.mark.parametrize("name", [*WOMEN, *MEN], ids=lambda n: n.alphabetic[0])
def test_every_name_survives_an_admission(name: Name) -> None:
    raw = messages.admission(a_person(name), event="A04", at=NOW)
    parsed = hl7.parse(raw.decode("utf-8"))
    assert str(parsed["MSH.F18"]) == "UNICODE UTF-8"
    assert str(parsed["PID.F5.R1.C1"]) == name.alphabetic[0]
    facts = adt2patient.patient_facts(Message(raw.decode()), default_issuer="X")
    groups = (facts.name or "").split("=")
    assert groups[0] == "^".join(name.alphabetic)
    if name.ideographic:
        assert groups[1] == "^".join(name.ideographic)
    if name.phonetic:
        assert groups[2] == "^".join(name.phonetic)
    assert [(i.value, i.issuer) for i in facts.identifiers] == [("M261124000001", "GH")]


@pytest.mark.parametrize("control", ["NW", "XO", "CA"])
def test_an_order_says_what_the_hub_needs(control: str) -> None:
    case = a_case()
    raw = messages.order(case, control=control, at=NOW)
    parsed = hl7.parse(raw.decode("utf-8"))
    assert str(parsed["ORC.F1"]) == control
    assert str(parsed["OBR.F18"]) == case.accession_number
    group = order_groups.order_groups(Message(raw.decode()), zone=UTC)[0]
    assert group.control == control
    assert group.facts.accession_number == case.accession_number
    assert group.facts.placer_order_number == case.placer_order_number
    assert group.facts.procedure is not None
    assert group.facts.procedure.value == case.procedure_code
    assert group.facts.modality == case.modality
    assert group.facts.account_number == case.person.account_number
    assert group.facts.steps[0].start == case.start


@pytest.mark.parametrize(("status", "filed"), [("P", "preliminary"), ("F", "final")])
def test_a_report_is_understood(status: str, filed: str) -> None:
    case = a_case()
    raw = messages.report(
        case,
        status=status,
        sections=reports.sections(case.procedure_code, abnormal=True),
        reader=READERS[0],
        at=NOW,
    )
    assert str(hl7.parse(raw.decode("utf-8"))["OBR.F25"]) == status
    facts = oru2result.reports(Message(raw.decode()), zone=UTC, now=NOW)[0].facts
    assert facts is not None
    assert facts.status == filed
    assert facts.accession_number == case.accession_number
    assert "Impression" in facts.text


def test_an_acknowledgement_names_the_message_and_the_reason() -> None:
    received = Message(messages.admission(a_case().person, event="A08", at=NOW).decode())
    raw = messages.acknowledgement(
        received, sender="BILLING", verdict="AR", error=("207", "try again"), at=NOW
    )
    parsed = hl7.parse(raw.decode("utf-8"))
    assert str(parsed["MSA.F1"]) == "AR"
    assert str(parsed["MSA.F2"]) == received.get("MSH-10")
    assert str(parsed["ERR.F3.R1.C1"]) == "207"


def test_numbers_are_never_given_twice_and_fit_an_accession_number() -> None:
    first, second = Numbers(), Numbers()
    given = [first.next(NOW) for _ in range(50)]
    later = [second.next(NOW + timedelta(seconds=6)) for _ in range(50)]
    assert len({*given, *later}) == 100
    assert all(len(f"S{number}") <= 16 for number in given)
