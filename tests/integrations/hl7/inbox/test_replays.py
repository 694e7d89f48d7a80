"""Messages are edited, rehearsed and applied again; the one that came stays as it came."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.models import Patient
from integrations.hl7.inbox import editing, replays
from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.inbox.rehearsal import rehearse
from integrations.hl7.inbox.services import receive
from pacs_hub.audit.models import FieldChange
from pacs_hub.kernel import clock
from pacs_hub.outbox.models import OutboxMessage
from tests.support.messages import adt, msh, pid
from tests.support.mllp_door import a_sender, a_site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site() -> None:
    """Configure a site; its HIS is a stranger yet."""
    a_site()


def came_in(text: str) -> InboundMessage:
    receipt = receive(raw=text.encode(), address="127.0.0.1", routes=routes())
    return InboundMessage.objects.get(pk=receipt.message_id)


def test_a_rehearsal_tells_what_would_change_and_changes_nothing() -> None:
    refused = [came_in(adt("A04", person=pid(name=name))) for name in ("DOE^JANE", "ROE^JANE")]
    a_sender()
    found = rehearse(message_ids=[row.pk for row in refused], routes=routes())
    assert [one.message.processing_state for one in found] == ["processed", "processed"]
    assert [one.message.ack_code for one in found] == ["AA", "AA"]
    assert {"patient", "patientidentifier"} <= {line.what for line in found[0].changes}
    renamed = [line for line in found[1].changes if line.what == "patient"]
    assert [(line.field, line.before, line.after) for line in renamed] == [
        ("name", "DOE^JANE", "ROE^JANE")
    ]
    assert not Patient.objects.exists()
    assert not FieldChange.objects.exists()
    assert not OutboxMessage.objects.exists()
    states = InboundMessage.objects.values_list("processing_state", flat=True)
    assert set(states) == {"refused"}


def test_a_replay_goes_on_a_few_at_a_time_and_says_how_far_it_got(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replays, "AT_ONCE", 2)
    rows = [came_in(adt("A04", person=pid(identifier=f"P{n}^^^GH"))) for n in range(3)]
    rows.append(came_in("no message"))
    a_sender()
    ids = [row.pk for row in rows]
    started = replays.start(message_ids=ids, by="amy", reason="the HIS is known now", choice="")
    for expected in (2, 2, 0):
        assert replays.go_on(routes=routes(), now=clock.now(), lease_seconds=30) == expected
    row = replays.replay(started.pk)
    assert (row.done, row.failed, bool(row.finished_at)) == (4, 1, True)
    assert Patient.objects.count() == 3
    assert [one.pk for one in replays.not_applied(row)] == [ids[3]]


def test_a_replay_that_a_crash_left_is_taken_up_again() -> None:
    refused = came_in(adt())
    a_sender()
    row = replays.start(message_ids=[refused.pk], by="amy", reason="fixed", choice="")
    type(row).objects.update(claimed_until=clock.now() + timedelta(seconds=30))
    assert replays.go_on(routes=routes(), now=clock.now(), lease_seconds=30) == 0
    later = clock.now() + timedelta(seconds=31)
    assert replays.go_on(routes=routes(), now=later, lease_seconds=30) == 1


def test_a_replay_needs_a_reason_and_can_be_stopped() -> None:
    refused = came_in(adt())
    with pytest.raises(replays.NothingToReplay):
        replays.start(message_ids=[refused.pk], by="amy", reason=" ", choice="")
    row = replays.start(message_ids=[refused.pk], by="amy", reason="fixed", choice="")
    assert replays.stop(replay_id=row.pk).is_stopped
    assert replays.go_on(routes=routes(), now=clock.now(), lease_seconds=30) == 0


def test_an_edited_message_is_one_of_its_own() -> None:
    a_sender()
    wrong = came_in(adt("A04", person=pid(born="1970-13-45")))
    assert wrong.processing_state == "refused"
    text = bytes(wrong.raw).decode().replace("1970-13-45", "19700102").replace("\r", "\r\n")
    row = editing.edit_and_apply(
        message_id=wrong.pk, text=text, reason="typing error", editor="amy", routes=routes()
    )
    assert (row.processing_state, row.edited_from_id, row.edited_by) == (
        "processed",
        wrong.pk,
        "amy",
    )
    assert row.ack_outcome == "not_wanted"
    assert bytes(row.raw).count(b"\r") == bytes(wrong.raw).count(b"\r")
    assert b"1970-13-45" in bytes(InboundMessage.objects.get(pk=wrong.pk).raw)
    assert FieldChange.objects.filter(source_id=str(row.pk)).exists()


def test_an_edit_keeps_the_character_set_and_says_what_it_cannot_hold() -> None:
    a_sender()
    header = msh("ADT^A04", rest="||||||8859/1")
    row = came_in(adt("A04", header=header))
    text = bytes(row.raw).decode()
    words = {"message_id": row.pk, "reason": "umlaut", "editor": "amy", "routes": routes()}
    again = editing.edit_and_apply(text=text.replace("JANE", "JÜRGEN"), **words)  # type: ignore[arg-type]
    assert "JÜRGEN".encode("latin-1") in bytes(again.raw)
    with pytest.raises(editing.NotInCharacterSet):
        editing.edit_and_apply(text=text.replace("JANE", "Ян"), **words)  # type: ignore[arg-type]
    with pytest.raises(editing.NothingEdited):
        editing.edit_and_apply(text=text, **words)  # type: ignore[arg-type]


def test_a_line_that_begins_no_segment_goes_on_with_the_value_before_it() -> None:
    text = "MSH|^~\\&|A\r\nOBX|1|TX|||first line\r\nand the second\r\n"
    assert editing.rejoined(text) == "MSH|^~\\&|A\rOBX|1|TX|||first line\nand the second\r"
