"""Messages that are held or parked: answered, woken, given to a person, decided."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.models import Patient
from integrations.hl7.inbound import keys
from integrations.hl7.inbound.context import Context, Effect, Held, Outcome, Parked, Reply, warning
from integrations.hl7.inbox import cases, parking, recovery, rules, services
from integrations.hl7.inbox.models import InboundMessage, ParkedKey
from integrations.hl7.inbox.rules import Routes
from integrations.hl7.message import Message
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError
from tests.support.messages import adt, msh, orm_o01
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _peers() -> None:
    a_site()
    a_sender()


def done(_message: Message, context: Context) -> tuple[Effect, ...]:
    return (Effect("exam", 1, "forced" if context.forced else "done"),)


def doubtful(message: Message, context: Context) -> tuple[Effect, ...]:
    if not context.forced:
        Patient.objects.create(name="X", created_at=clock.now(), updated_at=clock.now())
        raise Held("two people with one number", field="PID-3")
    return done(message, context)


def contradictory(_message: Message, _context: Context) -> tuple[Effect, ...]:
    raise Held("the order belongs to somebody else", condition="205", field="ORC-3")


def early(message: Message, context: Context) -> tuple[Effect, ...]:
    if not InboundMessage.objects.filter(message_type="ORM^O01").exists():
        raise Parked("no order yet", keys=keys.filler("F1", "RIS"), field="OBR-3")
    return done(message, context)


def send(text: str, handler: object) -> tuple[Ack, InboundMessage]:
    event = text.split("|")[8].split("^")
    routes: Routes = {(event[0], event[1]): handler}  # type: ignore[dict-item]
    receipt = services.receive(raw=text.encode(), address="127.0.0.1", routes=routes)
    assert receipt.answer is not None
    return Ack(receipt.answer), InboundMessage.objects.get(pk=receipt.message_id)


def test_a_held_message_changes_nothing_and_stops_no_sender() -> None:
    ack, row = send(adt(), doubtful)
    assert (ack.code, ack.condition, ack.field("ERR", 4)) == ("AA", "207", "I")
    assert ack.field("ERR", 8) == f"held: {row.pk}"
    assert (row.processing_state, row.held_reason) == ("held", "two people with one number")
    assert not Patient.objects.exists()


def test_a_contradiction_is_held_and_told_as_an_error() -> None:
    ack, row = send(adt(), contradictory)
    assert (ack.code, ack.condition, ack.field("ERR", 2)) == ("AE", "205", "ORC^1^3")
    assert row.processing_state == "held"


def test_a_held_message_that_is_sent_again_is_the_same_case() -> None:
    text = adt(header=msh("ADT^A01", number="M1"))
    _, first = send(text, doubtful)
    ack, second = send(text, doubtful)
    assert ack.field("ERR", 8) == f"held: {first.pk}"
    assert (second.processing_state, second.duplicate_of) == ("duplicate", first)


def test_a_person_applies_it_anyway() -> None:
    _, row = send(adt(), doubtful)
    row = cases.apply_anyway(message_id=row.pk, by="anna", routes={("ADT", "A01"): doubtful})
    assert (row.processing_state, row.effects[0]["text"]) == ("processed", "forced")
    assert (row.decided_by, row.held_reason) == ("anna", "")
    with pytest.raises(cases.NotACase):
        cases.apply_anyway(message_id=row.pk, by="anna", routes={})


def test_a_person_dismisses_it_with_a_reason() -> None:
    _, row = send(adt(), doubtful)
    with pytest.raises(cases.ReasonMissing):
        cases.dismiss(message_id=row.pk, reason=" ", by="anna")
    row = cases.dismiss(message_id=row.pk, reason="a test", by="anna")
    assert (row.processing_state, row.decision_reason) == ("dismissed", "a test")


def oru(number: str = "F1^RIS") -> str:
    return f"{msh('ORU^R01')}\rPID|||P1^^^GH||DOE^JANE\rOBR|1||{number}|CT\r"


def parked() -> InboundMessage:
    ack, row = send(oru(), early)
    assert (ack.code, ack.field("ERR", 4)) == ("AA", "I")
    assert ack.field("ERR", 8) == f"parked: {row.pk}"
    assert row.processing_state == "parked"
    return row


def retry(*, hours: float = 0, handler: object = early) -> int:
    now = clock.now() + timedelta(hours=hours)
    routes: Routes = {("ORU", "R01"): handler}  # type: ignore[dict-item]
    return recovery.apply_parked(routes=routes, now=now, lease_seconds=30)


def test_a_parked_message_is_applied_when_its_order_has_come() -> None:
    row = parked()
    assert retry() == 0
    send(orm_o01("NW", filler="F1"), done)  # without the namespace
    assert not ParkedKey.objects.exists()
    assert retry() == 1
    row.refresh_from_db()
    assert (row.processing_state, row.effects[0]["text"]) == ("processed", "done")
    assert row.parked_until is None


def test_another_order_wakes_nobody() -> None:
    parked()
    send(orm_o01("NW", filler="F2^RIS"), done)
    assert retry() == 0


def test_what_may_have_come_by_another_door_is_looked_for_every_hour() -> None:
    row = parked()
    assert retry(hours=1.1) == 1
    row.refresh_from_db()
    assert row.processing_state == "parked"
    assert ParkedKey.objects.filter(message=row).exists()


def test_what_waits_in_vain_is_given_to_a_person() -> None:
    row = parked()
    until = row.parked_until
    assert retry(hours=1.1) == 1
    row.refresh_from_db()
    assert row.parked_until == until, "trying does not prolong it"
    assert retry(hours=73) == 0
    row.refresh_from_db()
    assert (row.processing_state, ParkedKey.objects.count()) == ("held", 0)
    assert "72 hours" in row.held_reason


def test_a_parked_message_is_dismissed() -> None:
    row = parked()
    assert cases.dismiss(message_id=row.pk, reason="a test", by="a").processing_state == "dismissed"
    assert not ParkedKey.objects.exists()
    assert not parking.due(now=clock.now() + rules.PARKED_FOR).exists()


def test_a_warning_is_told_beside_the_acceptance() -> None:
    def odd(_message: Message, _context: Context) -> tuple[Effect, ...]:
        return (warning("no such sex", condition="103", field="PID-8"),)

    ack, _ = send(adt(), odd)
    assert (ack.code, ack.condition, ack.field("ERR", 4)) == ("AA", "103", "W")
    assert ack.field("ERR", 2) == "PID^1^8"


def test_more_than_an_acknowledgement_is_kept_for_a_repeat() -> None:
    def reply(_message: Message, _context: Context) -> Outcome:
        segments = ("QAK|T|NF", "QPD|Q|T")
        return Outcome(
            reply=Reply(
                code="RSP",
                event="K23",
                structure="RSP_K23",
                segments=segments,
                ack="AE",
                condition="204",
                field="QPD-3.1",
                text="nobody has this identifier",
            )
        )

    text = adt(header=msh("ADT^A01", number="M1"))
    first, _ = send(text, reply)
    again, row = send(text, reply)
    for ack in (first, again):
        assert (ack.code, ack.field("MSH", 9)) == ("AE", "RSP^K23^RSP_K23")
        assert (ack.field("ERR", 2), ack.condition) == ("QPD^1^3^1^1", "204")
        assert ack.field("QAK", 2) == "NF"
    assert row.processing_state == "duplicate"


@pytest.mark.parametrize("tries", [1, 3, 4])
def test_what_is_locked_is_tried_again_three_times(
    tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LOCK_PAUSES", (0.0, 0.0, 0.0))
    met: list[int] = []

    def locked(message: Message, context: Context) -> tuple[Effect, ...]:
        met.append(1)
        if len(met) <= tries:
            raise HubError("being signed", code="record-locked")
        return done(message, context)

    ack, row = send(adt(), locked)
    assert ack.code == ("AA" if tries <= 3 else "AE")
    assert row.processing_state == ("processed" if tries <= 3 else "refused")
    assert ack.condition == ("0" if tries <= 3 else "206") or not ack.condition


def test_a_control_id_used_again_and_a_body_sent_again_are_told_apart() -> None:
    header = msh("ADT^A01", number="M1")
    send(adt(header=header), done)
    ack, reused = send(adt(header=header, at="20261124100000+0000"), done)
    assert (ack.code, ack.field("ERR", 4), ack.field("ERR", 2)) == ("AA", "W", "MSH^1^10")
    assert not reused.suspected_resend
    _, resent = send(adt(header=msh("ADT^A01", number="M1"), at="20261124100000+0000"), done)
    assert resent.processing_state == "duplicate"
    ack, copy = send(adt(header=msh("ADT^A01", number="M2"), at="20261124100000+0000"), done)
    assert (ack.code, copy.processing_state) == ("AA", "processed")
    assert copy.suspected_resend
