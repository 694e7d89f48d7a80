"""Identifiers that change or move, patients who never were, and links between records."""

from __future__ import annotations

import pytest

from archive.models import Patient, PatientIdentifier, PatientLink, PatientMerge
from archive.patients.queries import find_by_identifier, linked_to, primary_identifier
from integrations.hl7.inbox import services
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import a_procedure, a_station
from tests.support.messages import joined, msh, orm_o01, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack

pytestmark = pytest.mark.django_db
OTHER = {"name": "SMITH^BOB", "born": "19500505", "sex": "M"}


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender()
    a_procedure()
    a_station()


def send(message: str) -> Ack:
    receipt = services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def of(value: str, **fields: str) -> str:
    return pid(identifier="~".join(f"{v}^^^GH^MR" for v in value.split("~")), account="", **fields)


def tell(event: str, *segments: str) -> Ack:
    return send(joined(msh(f"ADT^{event}"), f"EVN|{event}|20261124100000", *segments))


def known(value: str) -> Patient | None:
    return find_by_identifier(value=value, issuer="GH")


def state() -> str:
    return InboundMessage.objects.latest("pk").processing_state


def test_a_changed_identifier_is_shown_and_the_former_one_still_finds_its_patient() -> None:
    tell("A28", of("P1"))
    assert tell("A47", of("P9"), "MRG|P1^^^GH^MR").code == "AA"
    patient = known("P9")
    assert patient is not None
    assert known("P1") == patient
    shown = primary_identifier(patient, issuer="GH")
    assert shown is not None
    assert (shown.value, shown.retired_at) == ("P9", None)
    assert PatientIdentifier.objects.get(value="P1").retired_at is not None
    answer = tell("A31", of("P1"))
    assert "another identifier now" in answer.raw.decode()


def test_a_former_identifier_given_to_somebody_else_is_for_a_person() -> None:
    tell("A28", of("P1"))
    tell("A47", of("P9"), "MRG|P1^^^GH^MR")
    answer = tell("A28", of("P1", **OTHER))
    assert (answer.code, answer.condition) == ("AE", "205")


def test_a_change_told_twice_is_done_once() -> None:
    tell("A28", of("P1"))
    tell("A47", of("P9"), "MRG|P1^^^GH^MR")
    assert tell("A47", of("P9"), "MRG|P1^^^GH^MR").code == "AA"
    assert PatientIdentifier.objects.count() == 2


def test_a_change_of_what_nobody_knows_registers_the_patient() -> None:
    answer = tell("A47", of("P9"), "MRG|P1^^^BCBS^MR")
    assert (answer.code, known("P9")) == ("AA", Patient.objects.get())
    assert "registered" in answer.raw.decode()


def test_a_change_into_another_patients_identifier_is_for_a_person() -> None:
    tell("A28", of("P1"))
    tell("A28", of("P9"))
    answer = tell("A47", of("P9"), "MRG|P1^^^GH^MR")
    assert (answer.code, answer.condition, state()) == ("AE", "205", "held")


def test_a_patient_of_whom_there_is_nothing_is_deleted_and_may_come_back() -> None:
    tell("A28", of("P1"))
    assert tell("A29", of("P1", name="")).code == "AA"
    assert Patient.objects.get().state == "entered_in_error"
    tell("A28", of("P1"))
    assert Patient.objects.get().state == "active"


def test_a_patient_with_an_order_is_not_deleted() -> None:
    send(orm_o01("NW", accession="A1", person=of("P1")))
    answer = tell("A29", of("P1"))
    assert (answer.code, answer.condition, state()) == ("AE", "206", "held")


def test_a_merged_patient_is_not_deleted_and_nobody_is_no_fault() -> None:
    tell("A28", of("P1"))
    tell("A40", of("P1"), "MRG|P2^^^GH^MR")
    assert tell("A29", of("P2")).condition == "206"
    assert tell("A29", of("P7")).code == "AA"


def test_links_say_that_two_may_be_one_and_move_nothing() -> None:
    tell("A28", of("P1"))
    assert tell("A24", of("P1"), of("P2", name="ROE^JANE")).code == "AA"
    assert tell("A24", of("P2", name="ROE^JANE"), of("P1")).code == "AA"
    one, other = known("P1"), known("P2")
    assert one is not None
    assert other is not None
    assert (one.state, other.state) == ("active", "provisional")
    assert list(linked_to(one.pk)) == [other]
    assert list(linked_to(other.pk)) == [one]
    assert tell("A37", of("P1"), of("P2")).code == "AA"
    assert not PatientLink.objects.exists()
    assert tell("A37", of("P1"), of("P2")).code == "AA"
    assert tell("A24", of("P1")).condition == "101"


def test_a_moved_identifier_is_for_a_person_and_is_a_merge_once_they_say_so() -> None:
    tell("A28", of("P1"))
    tell("A28", of("P2"))
    answer = tell("A43", of("P1~P2"), "MRG|P2^^^GH^MR")
    assert (answer.code, answer.condition, state()) == ("AA", "207", "held")
    row = InboundMessage.objects.latest("pk")
    services.process(row=row, routes=ROUTES, forced=True)
    assert known("P2") == known("P1")
    assert PatientMerge.objects.get().kind == "A43"
    assert tell("A43", of("P1~P2"), "MRG|P2^^^GH^MR").code == "AA"


def test_an_identifier_nobody_has_cannot_be_moved() -> None:
    answer = tell("A43", of("P1~P2"), "MRG|P2^^^GH^MR")
    assert (answer.code, answer.condition) == ("AE", "204")
