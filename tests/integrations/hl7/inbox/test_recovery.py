"""What a crash leaves behind is applied once; a person may have any message applied again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.models import Patient
from integrations.hl7.inbound.context import Context, Effect
from integrations.hl7.inbox import recovery, rules, services
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.journal import NoSuchMessage
from integrations.hl7.message import Message
from pacs_hub.access.models import Hl7Peer
from pacs_hub.kernel import clock
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt, msh, orm_o01
from tests.support.mllp_door import a_sender, a_site
from worklist.models import Exam

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _peers() -> None:
    a_site()
    a_sender()


def kept(message: str, *, seconds_ago: float = 60) -> InboundMessage:
    """Return a message as a listener leaves it that was killed right after keeping it."""
    raw = message.encode()
    row = InboundMessage.objects.create(
        raw=raw,
        address="127.0.0.1",
        received_at=clock.now() - timedelta(seconds=seconds_ago),
        sending_application="HIS",
        sending_facility="GH",
        control_id=message.split("|")[9],
        body_sha256=rules.fingerprint(raw),
        correlation_id="c",
    )
    return row


def sweep() -> int:
    return recovery.process_left_behind(routes=ROUTES, now=clock.now(), lease_seconds=30)


def test_a_message_left_behind_is_applied_once() -> None:
    row = kept(orm_o01("NW"))
    assert sweep() == 1
    assert sweep() == 0
    row.refresh_from_db()
    assert (row.processing_state, row.ack_outcome, row.ack_code) == (
        "processed",
        "undelivered",
        "AA",
    )
    assert Exam.objects.count() == 1


def test_a_message_in_hand_is_left_alone() -> None:
    kept(adt(), seconds_ago=5)
    assert sweep() == 0


def test_the_sender_who_sends_again_is_answered_from_what_the_sweep_did() -> None:
    message = orm_o01("NW", header=msh("ORM^O01", number="M1"))
    kept(message)
    sweep()
    receipt = services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)
    assert b"MSA|AA|M1" in (receipt.answer or b"")
    assert Exam.objects.count() == 1


def test_an_answer_nobody_saw_leave_is_undelivered() -> None:
    services.receive(raw=adt().encode(), address="127.0.0.1", routes=ROUTES)
    row = InboundMessage.objects.get()
    InboundMessage.objects.update(processed_at=row.processed_at - timedelta(minutes=1))
    sweep()
    row.refresh_from_db()
    assert (row.processing_state, row.ack_outcome) == ("processed", "undelivered")


def test_a_message_that_keeps_crashing_us_is_left_to_a_person() -> None:
    row = kept(adt())
    InboundMessage.objects.filter(pk=row.pk).update(attempts=rules.ATTEMPTS)
    assert sweep() == 0


def test_a_refused_message_can_be_replayed_when_the_reason_is_gone() -> None:
    Hl7Peer.objects.all().delete()
    receipt = services.receive(raw=adt().encode(), address="127.0.0.1", routes=ROUTES)
    a_sender()
    row = recovery.replay(message_id=receipt.message_id, routes=ROUTES)
    assert (row.processing_state, row.ack_code, row.error_code) == ("processed", "AA", "")
    assert Patient.objects.count() == 1


def test_replaying_an_applied_message_changes_nothing_twice() -> None:
    receipt = services.receive(raw=orm_o01("NW").encode(), address="127.0.0.1", routes=ROUTES)
    row = recovery.replay(message_id=receipt.message_id, routes=ROUTES)
    assert row.processing_state == "processed"
    assert Exam.objects.count() == 1


def test_a_copy_is_not_replayed() -> None:
    message = adt().encode()
    services.receive(raw=message, address="127.0.0.1", routes=ROUTES)
    copy = services.receive(raw=message, address="127.0.0.1", routes=ROUTES)
    with pytest.raises(recovery.MessageIsACopy):
        recovery.replay(message_id=copy.message_id, routes=ROUTES)
    with pytest.raises(NoSuchMessage):
        recovery.replay(message_id=0, routes=ROUTES)


def test_a_message_that_fails_again_stays_refused() -> None:
    def refuse(_message: Message, _context: Context) -> tuple[Effect, ...]:
        raise rules.NoMessageType("no")

    row = kept(adt())
    recovery.process_left_behind(routes={("ADT", "A01"): refuse}, now=clock.now(), lease_seconds=30)
    row.refresh_from_db()
    assert row.processing_state == "refused"
