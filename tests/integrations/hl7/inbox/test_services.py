"""A message is kept before it is applied, applied once, and answered the same way again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.models import Patient
from integrations.hl7.inbound.context import Context, Effect
from integrations.hl7.inbox import services
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.message import Message
from pacs_hub.kernel.errors import Unavailable
from pacs_hub.outbox.models import OutboxMessage
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt, msh, orm_o01, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack
from worklist.models import Exam

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _peers() -> None:
    a_site()
    a_sender()


def send(message: str, routes: object = ROUTES) -> Ack:
    receipt = services.receive(raw=message.encode(), address="127.0.0.1", routes=routes)  # type: ignore[arg-type]
    assert receipt.answer is not None
    return Ack(receipt.answer)


def crash(_message: Message, _context: Context) -> tuple[Effect, ...]:
    Patient.objects.all().delete()
    raise RuntimeError("a bug of ours")


def away(_message: Message, _context: Context) -> tuple[Effect, ...]:
    raise Unavailable("the archive is away")


def test_the_same_message_again_gets_the_same_answer_and_no_second_effect() -> None:
    message = orm_o01("NW", header=msh("ORM^O01", number="M1", at="20261124090000"))
    again = message.replace("|20261124090000|", "|20261124090500|", 1)
    first = send(message)
    events = OutboxMessage.objects.count()
    second = send(again)
    assert (first.code, second.code, second.answers) == ("AA", "AA", "M1")
    assert first.field("MSH", 10) != second.field("MSH", 10)
    assert Exam.objects.count() == 1
    assert OutboxMessage.objects.count() == events
    original, copy = InboundMessage.objects.order_by("pk")
    assert (copy.processing_state, copy.duplicate_of) == ("duplicate", original)


def test_the_same_control_id_with_another_body_is_another_message() -> None:
    header = msh("ADT^A08", number="M1")
    send(adt("A08", header=header))
    send(adt("A08", header=header, person=pid(name="DOE^JANET"), at="20261124100000+0000"))
    assert Patient.objects.get().name == "DOE^JANET"


def test_the_same_control_id_of_another_sender_is_another_message() -> None:
    a_sender(name="RIS", application="RIS")
    send(adt(header=msh("ADT^A01", number="M1")))
    send(adt(header=msh("ADT^A01", number="M1", application="RIS")))
    assert set(InboundMessage.objects.values_list("processing_state", flat=True)) == {"processed"}


def test_a_refused_message_is_looked_at_again() -> None:
    message = orm_o01("SC", status="IP", placer="P100^HIS")
    assert send(message.replace("|P|2.5.1", "|T|2.5.1")).condition == "202"
    send(orm_o01("NW", placer="P100^HIS"))
    assert send(message).code == "AA"
    assert Exam.objects.get().status == "in_progress"


def test_a_bug_of_ours_rolls_back_and_asks_for_the_message_again() -> None:
    send(adt())
    message = adt("A08", at="20261124100000+0000", person=pid(name="DOE^JANET"))
    ack = send(message, {("ADT", "A08"): crash})
    assert (ack.code, ack.condition) == ("AR", "207")
    assert Patient.objects.count() == 1
    assert InboundMessage.objects.latest("pk").error_code == "crash"
    assert send(message).code == "AA"
    assert Patient.objects.get().name == "DOE^JANET"


def test_what_we_cannot_do_now_may_be_sent_again() -> None:
    ack = send(adt(), {("ADT", "A01"): away})
    assert (ack.code, ack.condition) == ("AR", "207")


def test_no_answer_is_kept_back_where_none_is_wanted() -> None:
    message = adt(header=msh("ADT^A01", rest="|||NE|NE"))
    receipt = services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)
    again = services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)
    assert receipt.answer is None
    assert again.answer is None
    assert Patient.objects.count() == 1
    outcomes = InboundMessage.objects.values_list("ack_outcome", flat=True)
    assert set(outcomes) == {"not_wanted"}


def test_a_copy_left_behind_by_a_crash_is_not_applied_beside_the_resend() -> None:
    message = adt(header=msh("ADT^A01", number="M1")).encode()
    services.receive(raw=message, address="127.0.0.1", routes=ROUTES)
    left = InboundMessage.objects.get()
    InboundMessage.objects.filter(pk=left.pk).update(
        processing_state="received", received_at=left.received_at - timedelta(minutes=1)
    )
    receipt = services.receive(raw=message, address="127.0.0.1", routes=ROUTES)
    left.refresh_from_db()
    assert (left.processing_state, left.duplicate_of_id) == ("duplicate", receipt.message_id)
    assert Ack(services.process(row=left, routes=ROUTES).answer or b"").code == "AA"


def test_nothing_of_a_person_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        send(adt(person=pid(name="XANTHIPPE^ZELDA", born="19311213")))
        send(adt(person=pid(name="XANTHIPPE^ZELDA", born="noday")))
        send(adt("A08", person=pid(name="XANTHIPPE^ZELDA")), {("ADT", "A08"): crash})
    told = "".join(str(vars(record)) for record in caplog.records)
    assert "hl7.message.refused" in told
    assert "XANTHIPPE" not in told
    assert "noday" not in told


def test_a_message_of_several_orders_is_applied_whole_or_not_at_all() -> None:
    good = orm_o01("NW", placer="P1^HIS")
    bad = good + "ORC|ZZ|P2^HIS\rOBR|2|P2^HIS||CTHEAD^CT^L\r"
    assert send(bad).condition == "103"
    assert not Exam.objects.exists()
