"""What a person does with a message leaves its sender alone, and its text unharmed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from archive.models import Patient
from integrations.hl7.inbox import cases, description, editing, queries, recovery, rehearsal
from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.inbox.services import receive
from pacs_hub.outbox.models import OutboxMessage
from tests.support.messages import adt, msh, pid
from tests.support.mllp_door import a_receiver, a_sender, a_site

pytestmark = pytest.mark.django_db

NAME = "NOWAK^ŁUKASZ"


@pytest.fixture(autouse=True)
def _site() -> None:
    a_site()


def came_in(raw: bytes) -> InboundMessage:
    receipt = receive(raw=raw, address="127.0.0.1", routes=routes())
    return InboundMessage.objects.get(pk=receipt.message_id)


def edit(row: InboundMessage, text: str) -> InboundMessage:
    return editing.edit_and_apply(
        message_id=row.pk, text=text, reason="put right", editor="amy", routes=routes()
    )


def test_an_edit_and_a_replay_are_not_answered_on_our_connection_to_the_sender() -> None:
    a_sender(options={"application_ack": "outbound"})
    a_receiver(port=1, name="HIS", messages=[])
    text = adt("A04", header=msh("ADT^A04^ADT_A01", rest="|||AL|AL"))
    row = came_in(text.encode())
    assert row.ack_outcome == "queued"
    edited = edit(row, text.replace("DOE", "ROE"))
    again = recovery.replay(message_id=row.pk, routes=routes())
    assert (edited.ack_outcome, again.ack_outcome) == ("not_wanted", "queued")
    assert OutboxMessage.objects.filter(event="ApplicationAnswered").count() == 1


def test_a_message_is_shown_and_edited_in_the_character_set_of_its_sender() -> None:
    a_sender(character_set="8859/2")
    row = came_in(adt("A04", person=pid(name=NAME)).encode("iso8859-2"))
    default = queries.character_sets()[row.peer]
    text = description.readable_text(bytes(row.raw), default=default)
    assert NAME in text
    edit(row, f"{text}ZZZ|1\n")
    assert Patient.objects.get().name == NAME


@pytest.mark.parametrize("sets", ["~ISO IR87", "8859/1~ISO IR87"])
def test_text_that_switches_between_sets_is_edited(sets: str) -> None:
    a_sender()
    text = adt("A04", header=msh("ADT^A04^ADT_A01", rest=f"||||||{sets}")).replace(
        "DOE^JANE", "YAMADA^TAROU~山田^太郎"
    )
    row = came_in(text.encode("iso2022_jp_2"))
    edited = edit(row, f"{text}ZZZ|1\r")
    assert edited.processing_state == "processed"
    assert bytes(edited.raw).startswith(bytes(row.raw))


@pytest.mark.parametrize(
    "act",
    [
        lambda pk: recovery.replay(message_id=pk, routes=routes()),
        lambda pk: rehearsal.rehearse(message_ids=[pk], routes=routes()),
        lambda pk: cases.apply_anyway(message_id=pk, by="amy", routes=routes()),
    ],
)
def test_a_message_whose_text_is_gone_keeps_what_became_of_it(act: Callable[[int], object]) -> None:
    a_sender()
    row = came_in(adt("A04").encode())
    InboundMessage.objects.update(raw=b"")
    with pytest.raises(queries.BodyGone):
        act(row.pk)
    row.refresh_from_db()
    assert (row.processing_state, row.ack_code) == ("processed", "AA")


def test_what_was_applied_meanwhile_is_not_dismissed(monkeypatch: pytest.MonkeyPatch) -> None:
    row = came_in(adt("A04").encode())
    assert row.processing_state == "refused"
    found = queries.message(row.pk)
    InboundMessage.objects.update(processing_state="processed")
    monkeypatch.setattr(queries, "message", lambda _pk: found)
    with pytest.raises(cases.NotACase):
        cases.dismiss(message_id=row.pk, reason="too old", by="amy")
    row.refresh_from_db()
    assert row.processing_state == "processed"
