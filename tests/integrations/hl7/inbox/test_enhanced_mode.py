"""Enhanced mode over a real connection (HL7 v2.5.1 2.9.3): kept, and later what came of it."""

from __future__ import annotations

import threading

import pytest

from integrations.hl7.inbound.context import Context, Effect
from integrations.hl7.inbox import services
from integrations.hl7.inbox.events import ApplicationAnswered
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.message import Message
from integrations.hl7.outbound.models import OutboundAnswer, OutboundMessage
from integrations.hl7.reactions import send_application_answer
from pacs_hub.outbox.models import OutboxMessage
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt, msh, orm_o01
from tests.support.mllp_door import a_receiver, a_sender, a_site, listening
from tests.support.peers.hospital import Ack, HospitalSystem
from tests.support.waiting import wait_until

WISHES = ("", "AL", "NE", "ER", "SU")


def enhanced(accept: str, application: str, *, good: bool = True, number: str = "M1") -> bytes:
    header = msh("ADT^A01^ADT_A01", number=number, rest=f"|||{accept}|{application}")
    text = adt("A01", header=header)
    return (text if good else text.replace("19700101", "noday")).encode()


def wanted(wish: str, *, good: bool) -> bool:
    return wish == "AL" or wish == ("SU" if good else "ER")


@pytest.mark.django_db
@pytest.mark.parametrize("good", [True, False])
@pytest.mark.parametrize("application", WISHES)
@pytest.mark.parametrize("accept", WISHES)
def test_every_pair_of_wishes(accept: str, application: str, good: bool) -> None:
    a_site()
    a_sender(options={"application_ack": "socket"})
    raw = enhanced(accept, application, good=good)
    receipt = services.receive(raw=raw, address="127.0.0.1", routes=ROUTES)
    codes = [Ack(answer).code for answer in receipt.answers]
    if not accept and not application:
        assert codes == ["AA" if good else "AE"]
        return
    expected = ["CA"] if wanted(accept, good=True) else []  # kept, whatever is in it
    expected += ["AA" if good else "AE"] if wanted(application, good=good) else []
    assert codes == expected
    again = services.receive(raw=raw, address="127.0.0.1", routes=ROUTES)
    if good:
        assert [Ack(answer).code for answer in again.answers] == expected


@pytest.mark.django_db
@pytest.mark.parametrize(("accept", "code"), [("AL", "CR"), ("ER", "CR"), ("SU", ""), ("NE", "")])
def test_what_is_refused_at_the_door_is_refused_once(accept: str, code: str) -> None:
    a_site()
    a_sender()
    raw = enhanced(accept, "AL").replace(b"ADT^A01^ADT_A01", b"ADT^Z99")
    receipt = services.receive(raw=raw, address="127.0.0.1", routes=ROUTES)
    codes = [Ack(answer).code for answer in receipt.answers]
    assert codes == ([code] if code else ["AR"])


@pytest.mark.django_db
def test_the_application_answers_on_our_connection_where_there_is_one() -> None:
    a_site()
    a_sender()
    a_receiver(name="HIS", port=1, messages=[])
    raw = enhanced("AL", "AL")
    receipt = services.receive(raw=raw, address="127.0.0.1", routes=ROUTES)
    assert [Ack(answer).code for answer in receipt.answers] == ["CA"]
    published = OutboxMessage.objects.get(event="ApplicationAnswered")
    send_application_answer(ApplicationAnswered.from_payload(published.payload))
    queued = OutboundMessage.objects.get()
    answer = Ack(bytes(queued.body))
    assert (queued.peer_name, answer.code, answer.answers) == ("HIS", "AA", "M1")
    assert InboundMessage.objects.get().ack_outcome == "queued"


@pytest.mark.django_db(transaction=True)
def test_it_is_accepted_before_it_is_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    a_site()
    a_sender(options={"application_ack": "socket"})
    go_on = threading.Event()

    def slow(_message: Message, _context: Context) -> tuple[Effect, ...]:
        go_on.wait(10)
        return ()

    monkeypatch.setitem(ROUTES, ("ADT", "A01"), slow)  # type: ignore[misc]
    with listening() as port, HospitalSystem(port) as system:
        system.write(enhanced("AL", "AL"))
        assert Ack(system.read()).code == "CA"
        assert InboundMessage.objects.get().processing_state == "received"
        go_on.set()
        answer = Ack(system.read())
        assert (answer.code, answer.answers) == ("AA", "M1")
    assert InboundMessage.objects.get().processing_state == "processed"


@pytest.mark.django_db(transaction=True)
def test_an_acknowledgement_is_never_acknowledged() -> None:
    a_site()
    a_sender()
    with listening() as port, HospitalSystem(port) as system:
        system.write(f"{msh('ACK')}\rMSA|AA|NOBODY1\r".encode())
        system.write(adt(header=msh("ADT^A01", number="M2")).encode())
        assert Ack(system.read()).answers == "M2"
    assert OutboundAnswer.objects.get().control_id == "NOBODY1"


@pytest.mark.django_db(transaction=True)
def test_frames_that_come_together_are_answered_in_order() -> None:
    a_site()
    a_sender()
    with listening() as port, HospitalSystem(port) as system:
        for n in range(40):
            kind = adt if n % 2 else orm_o01
            system.write(
                kind(header=msh("ADT^A01" if n % 2 else "ORM^O01", number=f"N{n}")).encode()
            )
        answers = [Ack(system.read()) for _ in range(40)]
    assert [answer.answers for answer in answers] == [f"N{n}" for n in range(40)]
    assert {answer.code for answer in answers} == {"AA"}
    wait_until(lambda: InboundMessage.objects.count() == 40, seconds=5, what="all are kept")
