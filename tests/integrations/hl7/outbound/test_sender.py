"""Every message is sent until it is answered, in order, and its answer is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integrations.billing.models import Charge
from integrations.hl7.outbound import sender, services
from integrations.hl7.outbound.models import OutboundAnswer, OutboundLine, OutboundMessage
from pacs_hub.access.models import Hl7Peer
from pacs_hub.kernel import clock
from tests.support.builders import MORNING, an_exam
from tests.support.mllp_door import a_receiver, a_site
from tests.support.peers.hospital import Receiver, receiving
from tests.support.ports import free_ports
from tests.support.sending import a_queued_charge, send
from worklist.models import Exam

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_accepted_charge_is_acknowledged_on_the_exam() -> None:
    with receiving() as billing:
        row = a_queued_charge(billing.port)
        assert send() == 1
        assert send() == 0
    row.refresh_from_db()
    assert (row.state, row.ack_code, row.attempts) == ("acknowledged", "AA", 1)
    assert row.sent_at is not None
    assert row.acknowledged_at is not None
    assert len(billing.messages) == 1
    exam = Exam.objects.get()
    assert (exam.charge_status, Charge.objects.get().state) == ("accepted", "accepted")
    assert exam.charge_acknowledged_at is not None


def test_a_refused_charge_stays_refused_until_a_person_sends_it_again() -> None:
    answers = [("AE", "101"), ("AA", "")]
    with receiving(lambda _id: answers.pop(0)) as billing:
        row = a_queued_charge(billing.port)
        send()
        row.refresh_from_db()
        assert (row.state, row.ack_code, row.error_code) == ("rejected", "AE", "ack-AE")
        assert Exam.objects.get().charge_status == "rejected"
        assert send() == 0
        services.resend(outbound_id=row.pk)
        send()
    assert Exam.objects.get().charge_status == "accepted"
    first, second = billing.messages
    assert first.split("|")[9] != second.split("|")[9]


def test_a_receiver_with_troubles_of_its_own_is_asked_again() -> None:
    answers = [("AR", "207"), ("AA", "")]
    with receiving(lambda _id: answers.pop(0)) as billing:
        row = a_queued_charge(billing.port)
        send()
        row.refresh_from_db()
        assert row.error_code == "ack-AR-207"
        assert row.next_attempt_at > clock.now()
        assert Exam.objects.get().charge_status == "sent"
        send()
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("acknowledged", 2)


def test_a_receiver_that_says_no_is_not_asked_again() -> None:
    with receiving(lambda _id: ("AR", "200")) as billing:
        row = a_queued_charge(billing.port)
        send()
        send()
    row.refresh_from_db()
    assert (row.state, len(billing.messages)) == ("rejected", 1)


def test_silence_is_answered_with_the_same_message_again_on_a_new_connection() -> None:
    answers = [("", ""), ("AA", "")]
    with receiving(lambda _id: answers.pop(0)) as billing:
        row = a_queued_charge(billing.port)
        assert send() == 1
        assert billing.messages[0] == billing.messages[1]
        assert len(billing.connections) == 2
    row.refresh_from_db()
    assert row.state == "acknowledged"


def test_a_receiver_that_keeps_silent_is_asked_again_after_a_minute() -> None:
    with receiving(lambda _id: ("", "")) as billing:
        row = a_queued_charge(billing.port)
        assert send() == 0
        assert send(at_once=False) == 0
    row.refresh_from_db()
    assert (row.state, row.error_code, row.attempts) == ("sent", "no-ack-in-time", 1)
    wait = row.next_attempt_at - clock.now()
    assert timedelta(seconds=50) < wait <= timedelta(seconds=60)
    assert len(billing.messages) == 2


def test_nobody_home_is_tried_again_and_soon_after_the_peer_is_back() -> None:
    (port,) = free_ports(1)
    row = a_queued_charge(port)
    for _ in range(6):
        send()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error_code) == ("queued", 6, "peer-unreachable")
    line = OutboundLine.objects.get()
    assert line.next_attempt_at is not None
    assert line.next_attempt_at <= clock.now() + timedelta(seconds=31)
    with receiving(port=port):
        send()
    row.refresh_from_db()
    assert row.state == "acknowledged"


def test_a_peer_that_left_the_configuration_keeps_its_messages_waiting() -> None:
    row = a_queued_charge(1)
    Hl7Peer.objects.all().delete()
    assert send() == 0
    row.refresh_from_db()
    assert (row.state, row.error_code) == ("queued", "peer-unknown")


def test_messages_of_one_exam_leave_in_order_and_wait_for_each_other() -> None:
    with receiving(lambda number: ("AA", "") if number != first_id else ("", "")) as system:
        a_site()
        a_receiver(port=system.port, messages=["ORM^O01"])
        exam = an_exam()
        first_id = ""
        for status in ("IP", "CM"):
            services.queue_order_status(
                exam_id=exam.pk, status=status, at=MORNING, correlation_id="c1"
            )
        first_id = OutboundMessage.objects.earliest("pk").control_id
        send()
        assert [status_of(m) for m in system.messages] == ["IP", "IP"]
        first_id = ""
        send()
    assert [status_of(m) for m in system.messages] == ["IP", "IP", "IP", "CM"]
    assert exam.events.filter(kind="announced").count() == 2


def status_of(message: str) -> str:
    return message.split("\rORC|")[1].split("|")[4]


def test_one_deaf_peer_does_not_hold_up_another() -> None:
    with receiving() as billing, receiving(lambda _id: ("", "")) as deaf:
        a_queued_charge(billing.port)
        a_receiver(port=deaf.port, name="A DEAF ONE", messages=["ORM^O01"])
        exam = Exam.objects.get()
        services.queue_order_status(exam_id=exam.pk, status="IP", at=MORNING, correlation_id="c1")
        send()
    assert Exam.objects.get().charge_status == "accepted"


def test_an_answer_to_another_message_is_not_taken_for_this_ones() -> None:
    with receiving() as billing:
        row = a_queued_charge(billing.port)
        OutboundMessage.objects.update(control_id="SOMEBODYELSE")
        send()
    row.refresh_from_db()
    assert row.error_code == "no-ack-in-time"
    assert {a.kind for a in OutboundAnswer.objects.all()} == {"unasked"}


def test_a_receiver_somebody_else_talks_to_is_left_alone() -> None:
    with receiving() as billing:
        a_queued_charge(billing.port)
        OutboundLine.objects.update(claimed_until=clock.now() + timedelta(seconds=30))
        assert send() == 0
        assert sender.converse("BILLING") == 0
        OutboundLine.objects.update(claimed_until=clock.now() - timedelta(seconds=1))
        assert send() == 1
    assert isinstance(billing, Receiver)


def test_what_a_crash_left_half_sent_goes_again_under_the_same_control_id() -> None:
    with receiving() as billing:
        row = a_queued_charge(billing.port)
        send()
        OutboundMessage.objects.update(state="sent")  # answered, and never written down
        OutboundLine.objects.update(
            claimed_until=clock.now() - timedelta(seconds=1), holder="a process that is no more"
        )
        assert send() == 1
    assert len(billing.messages) == 2
    assert billing.messages[0] == billing.messages[1]
    row.refresh_from_db()
    assert (row.state, Exam.objects.get().charge_status) == ("acknowledged", "accepted")
    assert Exam.objects.get().events.filter(kind="charge_sent").count() == 1
