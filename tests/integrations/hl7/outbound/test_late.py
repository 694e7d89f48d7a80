"""Answers nobody waits for are kept and told apart (HL7 v2.5.1 2.9.3)."""

from __future__ import annotations

import pytest

from integrations.hl7.inbound.context import Context, Hl7Link
from integrations.hl7.message import Message
from integrations.hl7.outbound import arriving, late, services, settling
from integrations.hl7.outbound.answers import Answer
from integrations.hl7.outbound.connections import CONNECTIONS
from integrations.hl7.outbound.models import OutboundAnswer, OutboundMessage
from integrations.hl7.outbound.options import PeerOptions
from tests.support.builders import HIS, MORNING, SITE
from tests.support.mllp_door import a_receiver, a_site
from tests.support.peers.hospital import Receiver, receiving
from tests.support.sending import a_queued_charge, send
from tests.support.waiting import wait_until
from worklist.models import Exam

pytestmark = pytest.mark.django_db(transaction=True)


def heard(count: int) -> list[OutboundAnswer]:
    """Wait until idle connections brought `count` answers."""

    def look() -> list[OutboundAnswer]:
        CONNECTIONS.tend(hear=late.take)
        rows = list(OutboundAnswer.objects.order_by("pk"))
        return rows if len(rows) >= count else []

    return wait_until(look, seconds=5, what=f"{count} answers")


def ack(code: str, number: str) -> bytes:
    return f"MSH|^~\\&|B|G|P|G|||ACK|1|P|2.5.1\rMSA|{code}|{number}|text\r".encode()


def test_a_second_answer_on_an_idle_connection_is_recorded_and_changes_nothing() -> None:
    with receiving() as billing:
        row = a_queued_charge(billing.port)
        send()
        billing.say("AE", row.control_id)
        (answer,) = heard(1)
    assert (answer.message, answer.kind, answer.code) == (row, "late", "AE")
    row.refresh_from_db()
    assert row.state == "acknowledged"


def test_a_late_answer_is_not_taken_for_the_answer_to_the_next_message() -> None:
    with receiving() as billing:
        row = a_queued_charge(billing.port)
        send()
        billing.say("AE", row.control_id)
        OutboundMessage.objects.update(state="rejected")
        again = send_again(row)
    assert again.state == "acknowledged"
    (answer,) = OutboundAnswer.objects.all()
    assert (answer.message_id, answer.kind) == (row.pk, "late")


def send_again(row: OutboundMessage) -> OutboundMessage:
    again = services.resend(outbound_id=row.pk)
    send()
    again.refresh_from_db()
    return again


@pytest.mark.parametrize(
    ("said", "state", "charge"),
    [("AA", "acknowledged", "accepted"), ("AE", "rejected", "rejected")],
)
def test_in_enhanced_mode_the_application_answers_after_the_commit(
    said: str, state: str, charge: str
) -> None:
    with receiving(lambda _id: ("CA", "")) as billing:
        row = a_queued_charge(billing.port, options={"acknowledgement": "enhanced"})
        send()
        row.refresh_from_db()
        assert (row.state, row.ack_code, row.acknowledged_at) == ("accepted", "CA", None)
        assert Exam.objects.get().charge_status == "sent"
        assert billing.messages[0].split("\r")[0].split("|")[14:16] == ["AL", "AL"]
        billing.say(said, row.control_id)
        (answer,) = heard(1)
    row.refresh_from_db()
    assert (row.state, row.ack_code, answer.kind) == (state, said, "application")
    assert Exam.objects.get().charge_status == charge


def test_the_application_answers_with_the_commit_or_over_a_connection_to_us() -> None:
    with receiving(lambda _id: ("CA AA", "")) as billing:
        row = a_queued_charge(billing.port, options={"acknowledgement": "enhanced"})
        send()
        heard(1)
        row.refresh_from_db()
        assert row.state == "acknowledged"
        assert isinstance(billing, Receiver)
    OutboundMessage.objects.update(state="accepted")
    late.take("SOMEBODY", ack("AR", row.control_id))
    row.refresh_from_db()
    assert row.state == "rejected"


def test_a_commit_alone_is_enough_in_original_mode() -> None:
    with receiving(lambda _id: ("CA", "")) as billing:
        row = a_queued_charge(billing.port)
        send()
    row.refresh_from_db()
    assert (row.state, Exam.objects.get().charge_status) == ("acknowledged", "accepted")


def test_an_answer_to_nothing_we_sent_is_kept() -> None:
    kept = [late.take("HIS", frame) for frame in (ack("AA", "NOBODY"), b"noise")]
    assert [(row.message, row.kind) for row in kept] == [(None, "unasked")] * 2


def test_an_acknowledgement_over_a_connection_to_us_settles_its_message() -> None:
    with receiving(lambda _id: ("CA", "")) as billing:
        row = a_queued_charge(billing.port, options={"acknowledgement": "enhanced"})
        send()
    context = Context(origin=HIS, site=SITE, received_at=MORNING, peer=Hl7Link(name="BILLING"))
    (effect,) = arriving.receive(Message(ack("AA", row.control_id).decode()), context)
    row.refresh_from_db()
    assert (row.state, effect.id) == ("acknowledged", row.pk)
    (strange,) = arriving.receive(Message(ack("AA", "NOBODY").decode()), context)
    assert strange.what == "warning"


def test_our_own_application_answers_go_out_once_and_in_order() -> None:
    with receiving(lambda _id: ("CA", "")) as his:
        a_site()
        a_receiver(port=his.port, name="HIS", messages=[])
        for number in (1, 2, 2):
            body = ack("AA", f"M{number}").replace(b"ACK|1|", b"ACK|C%d|" % number)
            services.queue_answer(
                peer_name="HIS", body=body, inbound_id=number, correlation_id="c1"
            )
        assert send() == 2
    assert [Message(text).get("MSA-2") for text in his.messages] == ["M1", "M2"]


@pytest.mark.parametrize(("said", "state"), [("AA", "acknowledged"), ("AE", "rejected")])
def test_an_application_that_is_faster_than_our_own_note_of_the_commit_is_heard(
    said: str, state: str
) -> None:
    row = a_queued_charge(1, options={"acknowledgement": "enhanced"})
    settling.record_sending(row)
    late.take("BILLING", ack(said, row.control_id))
    options = PeerOptions(acknowledgement="enhanced")
    settling.record_answer(row, Answer("CA", row.control_id, "", ""), b"", options=options)
    row.refresh_from_db()
    assert row.state == state
