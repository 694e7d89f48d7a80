"""Every order control code the hub obeys, through the inbox, on one order's life."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox import services
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import a_procedure, a_station
from tests.support.messages import orm_o01, oru_r01, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack
from worklist.models import Exam

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender()
    a_procedure()
    a_station()


def send(message: str) -> Ack:
    receipt = services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def exam() -> Exam:
    return Exam.objects.get()


def test_a_new_order_takes_over_every_identifier() -> None:
    send(orm_o01("NW", accession="A1", filler="F9^RIS", study="1.2.3"))
    row = exam()
    assert (row.accession_number, row.placer_order_number) == ("A1", "P100")
    assert (row.filler_order_number, row.study_instance_uid) == ("F9", "1.2.3")
    assert (row.modality, row.station_ae_title, row.status) == ("CT", "CT1", "scheduled")


def test_identifiers_that_are_not_sent_are_issued_and_stay() -> None:
    send(orm_o01("NW"))
    first = exam()
    send(orm_o01("NW", at="20261124091000+0000"))
    send(orm_o01("XO", at="20261124092000+0000", start="20261124150000+0000"))
    again = exam()
    assert 0 < len(again.accession_number) <= 16
    assert again.accession_number == first.accession_number
    assert again.study_instance_uid == first.study_instance_uid
    assert again.scheduled_for != first.scheduled_for


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([("CA", "")], "cancelled"),
        ([("DC", "DC")], "discontinued"),
        ([("SC", "IP")], "in_progress"),
        ([("SC", "IP"), ("SC", "CM")], "completed"),
        ([("XO", "IP"), ("XO", "CM")], "completed"),
        ([("SC", "IP"), ("OD", "")], "discontinued"),
        ([("HD", ""), ("RL", "")], "scheduled"),
        ([("SR", "")], "scheduled"),
        ([("CA", ""), ("CA", "")], "cancelled"),
    ],
)
def test_commands_and_facts_move_the_exam(steps: list[tuple[str, str]], status: str) -> None:
    send(orm_o01("NW"))
    for number, (control, state) in enumerate(steps):
        at = f"202611241{number}0000+0000"
        assert send(orm_o01(control, status=state, at=at)).code == "AA"
    assert exam().status == status


def test_a_started_exam_is_not_cancelled() -> None:
    send(orm_o01("NW"))
    send(orm_o01("SC", status="IP", at="20261124100000+0000"))
    ack = send(orm_o01("CA", at="20261124110000+0000"))
    assert (ack.code, ack.condition) == ("AE", "206")
    assert exam().status == "in_progress"


def test_an_order_for_another_patient_is_refused() -> None:
    send(orm_o01("NW"))
    ack = send(orm_o01("XO", person=pid(identifier="P2^^^GH"), at="20261124110000+0000"))
    assert (ack.code, ack.condition) == ("AE", "205")


def test_a_change_of_an_unknown_order_is_a_new_order() -> None:
    assert send(orm_o01("XO")).code == "AA"
    assert exam().status == "scheduled"


def test_one_message_with_two_orders_makes_two_exams() -> None:
    more = "ORC|NW|P2^HIS\rOBR|2|P2^HIS||CTHEAD^CT^L\r"
    send(orm_o01("NW") + more)
    assert set(Exam.objects.values_list("placer_order_number", flat=True)) == {"P100", "P2"}
    effects = [e["what"] for e in InboundMessage.objects.get().effects]
    assert [what for what in effects if what != "warning"] == ["patient", "exam", "exam"]


def test_a_report_is_filed_by_placer_number_and_amended_by_the_next() -> None:
    send(orm_o01("NW"))
    assert send(oru_r01(status="P")).code == "AA"
    assert exam().report_status == "preliminary"
    send(oru_r01(status="F", at="20261124130000+0000"))
    assert exam().report_status == "final"
    send(oru_r01(status="C", at="20261124140000+0000", lines=(("", "Corrected."),)))
    assert exam().report_status == "amended"


def test_a_report_on_another_patient_is_refused() -> None:
    send(orm_o01("NW"))
    send(orm_o01("NW", placer="P200^HIS", person=pid(identifier="P2^^^GH", name="ROE^RICHARD")))
    ack = send(oru_r01(person=pid(identifier="P2^^^GH")))
    assert (ack.code, ack.condition) == ("AE", "205")
