"""A message is queued once for each peer that asked, and again only when a person says so."""

from __future__ import annotations

import pytest

from integrations.billing.models import Charge
from integrations.billing.services import capture_charge
from integrations.hl7.journal import NoSuchMessage
from integrations.hl7.message import Message
from integrations.hl7.outbound import services
from integrations.hl7.outbound.models import OutboundMessage
from integrations.web.queries import not_taken
from pacs_hub.access.models import Hl7Peer
from tests.support.builders import HIS, MORNING, an_exam, patient_facts
from tests.support.mllp_door import a_receiver, a_site
from worklist.models import Exam

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam() -> Exam:
    """Return an exam that can be charged."""
    a_site()
    return an_exam(visit_number="V77", patient_class="O")


@pytest.fixture
def charge(exam: Exam) -> Charge:
    """Return its charge."""
    return capture_charge(exam_id=exam.pk, origin=HIS)


def queue(charge: Charge) -> list[OutboundMessage]:
    return services.queue_dft(charge_id=charge.pk, correlation_id="c1")


def test_a_charge_is_queued_once_however_often_it_is_told(charge: Charge) -> None:
    a_receiver(port=1)
    assert len(queue(charge)) == 1
    assert queue(charge) == []
    row = OutboundMessage.objects.get()
    message = Message(bytes(row.body).decode())
    assert message.get("FT1-2") == charge.transaction_id
    assert message.get("FT1-25.1") == "70450"
    assert message.get("MSH-10") == row.control_id
    assert (message.get("PID-18"), message.get("PV1-19")) == ("ACC1", "V77")
    assert (message.get("MSH-5"), message.get("MSH-11")) == ("BILL", "P")


def test_a_charge_that_nobody_wanted_leaves_when_a_billing_system_is_configured(
    charge: Charge,
) -> None:
    assert services.queue_waiting_charges() == 0
    a_receiver(port=1)
    assert services.queue_waiting_charges() == 1
    assert services.queue_waiting_charges() == 0
    assert OutboundMessage.objects.get().charge == charge


def test_only_peers_that_asked_are_told(exam: Exam, charge: Charge) -> None:
    assert queue(charge) == []
    a_receiver(port=1, messages=["ORM^O01"])
    assert queue(charge) == []
    rows = services.queue_order_status(
        exam_id=exam.pk, status="IP", at=MORNING, correlation_id="c1"
    )
    assert [row.message_type for row in rows] == ["ORM^O01"]
    assert b"ORC|SC|P100^HIS" in bytes(rows[0].body)


def test_started_and_completed_are_two_messages_of_one_stream(exam: Exam) -> None:
    a_receiver(port=1, messages=["ORM^O01"])
    for status in ("IP", "CM", "CM"):
        services.queue_order_status(exam_id=exam.pk, status=status, at=MORNING, correlation_id="c1")
    rows = OutboundMessage.objects.order_by("pk")
    assert [row.stream for row in rows] == [f"patient:{exam.patient_id}"] * 2


def test_a_simulated_peer_gets_test_messages(charge: Charge) -> None:
    a_receiver(port=1, simulated=True)
    (row,) = queue(charge)
    assert Message(bytes(row.body).decode()).get("MSH-11") == "T"


def test_a_name_the_peer_cannot_read_leaves_as_utf_8() -> None:
    a_site()
    exam = an_exam(patient=None)
    patient = exam.patient
    patient.name = patient_facts(name="MÜLLER^EVA").name or ""
    patient.save()
    a_receiver(port=1, character_set="ASCII")
    (row,) = queue(capture_charge(exam_id=exam.pk, origin=HIS))
    message = Message(bytes(row.body).decode("utf-8"))
    assert (message.get("MSH-18"), message.get("PID-5")) == ("UNICODE UTF-8", "MÜLLER")


def test_a_refused_charge_is_sent_again_under_a_new_control_id(charge: Charge) -> None:
    a_receiver(port=1)
    (first,) = queue(charge)
    with pytest.raises(services.NotToBeSentAgain):
        services.resend(outbound_id=first.pk)
    OutboundMessage.objects.update(state="rejected")
    again = services.resend(outbound_id=first.pk)
    assert again.resend_of == first
    assert again.control_id != first.control_id
    ids = {Message(bytes(row.body).decode()).get("FT1-2") for row in (first, again)}
    assert ids == {charge.transaction_id}
    with pytest.raises(services.NotToBeSentAgain):
        services.resend(outbound_id=first.pk)


def test_a_status_is_sent_again_as_it_was(exam: Exam) -> None:
    a_receiver(port=1, messages=["ORM^O01"])
    services.queue_order_status(exam_id=exam.pk, status="CM", at=MORNING, correlation_id="c1")
    OutboundMessage.objects.update(state="dead")
    again = services.resend(outbound_id=OutboundMessage.objects.get().pk)
    assert Message(bytes(again.body).decode()).get("ORC-5") == "CM"


def test_nothing_is_sent_again_to_a_peer_that_is_gone(charge: Charge) -> None:
    a_receiver(port=1)
    (row,) = queue(charge)
    OutboundMessage.objects.update(state="rejected")
    Hl7Peer.objects.all().delete()
    with pytest.raises(services.PeerNotConfigured):
        services.resend(outbound_id=row.pk)
    with pytest.raises(NoSuchMessage):
        services.resend(outbound_id=0)


def test_of_two_refused_ones_the_one_sent_again_stands_for_both(charge: Charge) -> None:
    a_receiver(port=1)
    (first,) = services.queue_dft(charge_id=charge.pk, correlation_id="c1")
    OutboundMessage.objects.update(state="rejected")
    second = services.resend(outbound_id=first.pk)
    OutboundMessage.objects.update(state="rejected")
    third = services.resend(outbound_id=first.pk)
    assert third.resend_of == second
    assert not not_taken().exists()
