"""Bytes go first, then messages, then what they changed; what is open stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.hl7 import retention
from integrations.hl7.inbox.models import InboundMessage, Replay
from integrations.hl7.outbound.models import OutboundAnswer, OutboundIncident, OutboundMessage
from pacs_hub.audit.models import FieldChange

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def came_in(days: float, state: str = "processed") -> InboundMessage:
    return InboundMessage.objects.create(
        raw=b"MSH|", ack_body=b"MSH|", address="", processing_state=state, received_at=ago(days)
    )


def went_out(days: float, state: str = "acknowledged", **over: Any) -> OutboundMessage:
    number = OutboundMessage.objects.count()
    return OutboundMessage.objects.create(
        peer_name="B",
        message_type="DFT^P03",
        control_id=f"C{number}",
        natural_key=f"n{number}",
        stream="s",
        body=b"MSH|",
        state=state,
        next_attempt_at=NOW,
        created_at=ago(days),
        **over,
    )


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def prune(now: datetime = NOW) -> retention.Pruned:
    return retention.prune(now=now, body_days=90, days=400)


def body_of(row: InboundMessage) -> bytes:
    row.refresh_from_db()
    return bytes(row.raw)


def test_bytes_go_after_their_days_and_the_rest_stays() -> None:
    old, new = came_in(91), came_in(89)
    sent = went_out(91)
    assert prune().bodies == 2
    assert (body_of(old), body_of(new)) == (b"", b"MSH|")
    sent.refresh_from_db()
    assert bytes(sent.body) == b""
    assert prune().bodies == 0


def test_the_next_days_go_on_where_the_last_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    rows = [came_in(95 - number) for number in range(7)]
    assert [prune().bodies for _ in range(3)][0] == 2
    while prune().bodies > 1:
        pass
    assert [body_of(row) for row in rows].count(b"") == 5
    for _ in range(3):
        prune(NOW + timedelta(days=2))
    assert [body_of(row) for row in rows].count(b"") == 7


@pytest.mark.parametrize("state", ["held", "parked", "received"])
def test_what_waits_for_a_person_is_never_taken(state: str) -> None:
    row = came_in(500, state)
    prune()
    assert body_of(row) == b"MSH|"


def test_what_a_receiver_refused_stays_until_it_was_sent_again() -> None:
    refused = went_out(500, "rejected")
    prune()
    assert OutboundMessage.objects.filter(pk=refused.pk).exists()
    went_out(1, resend_of=refused)
    prune()
    assert not OutboundMessage.objects.filter(pk=refused.pk).exists()


def test_rows_and_their_changes_go_after_their_days() -> None:
    came_in(401)
    kept = came_in(399)
    for days in (401, 399):
        FieldChange.objects.create(what="patient", object_id=1, at=ago(days), door="hl7")
    found = prune()
    assert (found.messages, found.changes) == (1, 1)
    assert InboundMessage.objects.get() == kept
    assert FieldChange.objects.get().at == ago(399)


def test_no_days_keep_for_ever() -> None:
    row = came_in(5000)
    assert retention.prune(now=NOW, body_days=0, days=0) == retention.Pruned()
    assert body_of(row) == b"MSH|"


def test_a_mirrored_feed_goes_as_any_other() -> None:
    row = came_in(500, "shadowed")
    prune()
    assert not InboundMessage.objects.filter(pk=row.pk).exists()


def test_what_receivers_said_beside_and_their_troubles_go_with_the_messages() -> None:
    def answered(days: float) -> OutboundAnswer:
        return OutboundAnswer.objects.create(peer_name="B", kind="unasked", at=ago(days))

    def in_trouble(days: float, closed: float | None) -> OutboundIncident:
        closed_at = ago(closed) if closed is not None else None
        return OutboundIncident.objects.create(
            peer_name="B", opened_at=ago(days), last_at=ago(days), closed_at=closed_at
        )

    def replayed(days: float, finished: float | None) -> Replay:
        finished_at = ago(finished) if finished is not None else None
        return Replay.objects.create(message_ids=[1], started_at=ago(days), finished_at=finished_at)

    answered(500)
    in_trouble(500, 490)
    replayed(500, 490)
    stay = [
        answered(1),
        in_trouble(500, None),
        in_trouble(500, 1),
        replayed(500, None),
        replayed(500, 1),
    ]
    prune()
    left = [
        row for table in (OutboundAnswer, OutboundIncident, Replay) for row in table.objects.all()
    ]
    assert left == stay
