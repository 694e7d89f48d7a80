"""The row of a message: written once, with what became of it, and the answers made of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from integrations.hl7 import ack
from integrations.hl7.inbox import admission, parking
from integrations.hl7.inbox.arrivals import Incoming, Receipt, Settled
from integrations.hl7.inbox.events import ApplicationAnswered
from integrations.hl7.inbox.models import AckOutcome, InboundMessage, ProcessingState
from integrations.hl7.inbox.repeats import Repeats
from integrations.hl7.message import Header
from pacs_hub.kernel import clock
from pacs_hub.outbox import statements
from pacs_hub.outbox.publish import publish

NOTHING_BEFORE: Final = Repeats()
TABLE: Final = InboundMessage._meta.db_table


def reserve(incoming: Sequence[Incoming]) -> list[Incoming]:
    """Give each message without a row the id its row will have.

    In the transaction that inserts the rows: on SQLite it is the only writer, and the ids are
    the next ones; elsewhere a sequence never gives one twice.
    """
    count = sum(not one.pk for one in incoming)
    if not count:
        return list(incoming)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [TABLE])
            last = (cursor.fetchone() or (0,))[0]
            ids = iter(range(last + 1, last + 1 + count))
        else:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [TABLE, count],
            )
            ids = iter([row[0] for row in cursor.fetchall()])
    return [one if one.pk else one.under(next(ids)) for one in incoming]


def kept(incoming: Incoming, *, attempts: int = 0) -> Receipt:
    """Write a message that is not applied yet; its sender hears CA where they want to."""
    header = incoming.header or Header.unknown()
    body = ack.accept_ack(header, None, control_id=new_id(), now=clock.now())
    accepted = {"accept_code": "CA" if body else "", "accept_body": body or b""}
    _insert(incoming, {"attempts": attempts, **accepted})
    return Receipt(message_id=incoming.pk, answer=body, pending=True)


def settle(
    incoming: Incoming,
    settled: Settled,
    *,
    doorkeeper: admission.Doorkeeper,
    repeats: Repeats = NOTHING_BEFORE,
) -> Receipt:
    """Write how a message ended, and return what its sender is told."""
    now = clock.now()
    header = incoming.header or Header.unknown()
    answers = _answers(header, settled, doorkeeper, now, is_answer=incoming.is_answer)
    error, link = settled.error, settled.link
    parked = settled.state == ProcessingState.PARKED
    values = {
        **answers.columns,
        "processing_state": settled.state.value,
        "processed_at": now,
        "claimed_until": None,
        "effects": [*(effect.row() for effect in settled.effects), *settled.would],
        "patient_number": settled.subject.patient_number,
        "accession_number": settled.subject.accession_number,
        "error_code": error.error_code if error else "",
        "error_text": error.text[:300] if error else "",
        "error_field": (error.field or "")[:40] if error else "",
        "held_reason": error.text[:300] if error and settled.state == "held" else "",
        **({"peer": link.name} if link is not None else {}),
        **({"suspected_resend": True} if repeats.resent else {}),
    }
    _write(incoming, values)
    if parked or incoming.stored:
        parking.park(incoming.pk, settled.waits_for if parked else (), now=now)
    if answers.outbound and link is not None and not incoming.quiet:
        _publish(incoming, link.name, now)
    return Receipt(message_id=incoming.pk, answer=answers.answer, later=answers.later)


class _Answers:
    """The acknowledgements of one message, and where each of them goes."""

    def __init__(self) -> None:
        self.answer: bytes | None = None
        self.later: bytes | None = None
        self.outbound = False
        self.columns: dict[str, Any] = {}


def _answers(
    header: Header,
    settled: Settled,
    doorkeeper: admission.Doorkeeper,
    now: datetime,
    *,
    is_answer: bool,
) -> _Answers:
    """Write them; what is an answer itself is answered by an accept acknowledgement at most."""
    found = _Answers()
    code = "" if is_answer else ack.application_code(header, settled.verdict)
    enhanced = ack.is_enhanced(header)
    if enhanced:
        at_door = settled.verdict if settled.at_the_door else None
        found.answer = ack.accept_ack(header, at_door, control_id=new_id(), now=now)
        accept = ack.accept_code(header, at_door)
        found.columns |= {"accept_code": accept, "accept_body": found.answer or b""}
        code = "" if accept in ("CE", "CR") else code
    body = ack.build_ack(
        header, settled.verdict, code=code, control_id=new_id(), now=now, rest=settled.rest
    )
    if not enhanced:
        found.answer = body if code else None
    elif code and settled.link is not None:
        found.outbound = settled.link.habits.application_ack == "outbound" and (
            doorkeeper.is_called(settled.link)
        )
    if enhanced and code and not found.outbound:
        found.later = body
    found.columns |= {"ack_code": code, "ack_body": body, "ack_outcome": _outcome(found)}
    return found


def _outcome(answers: _Answers) -> str:
    if answers.outbound:
        return AckOutcome.QUEUED.value
    told = answers.answer is not None or answers.later is not None
    return AckOutcome.PENDING.value if told else AckOutcome.NOT_WANTED.value


def copy(incoming: Incoming, *, of: int) -> Receipt:
    """Write a message that was here before, and return the answer it had, under a new MSH-10."""
    done = InboundMessage.objects.only(
        "peer", "ack_code", "ack_body", "accept_code", "accept_body", "ack_outcome"
    ).get(pk=of)
    now = clock.now()
    header = incoming.header or Header.unknown()
    body = ack.under_new_id(bytes(done.ack_body), control_id=new_id(), now=now)
    accept = bytes(done.accept_body) or None
    if accept is not None:
        accept = ack.under_new_id(accept, control_id=new_id(), now=now)
    enhanced = ack.is_enhanced(header)
    outbound = enhanced and bool(done.ack_code) and done.ack_outcome == AckOutcome.QUEUED
    later = body if enhanced and done.ack_code and not outbound else None
    answer = accept if enhanced else body if done.ack_code else None
    told = answer is not None or later is not None
    outcome = AckOutcome.PENDING if told else AckOutcome.NOT_WANTED
    values = {
        "processing_state": ProcessingState.DUPLICATE.value,
        "duplicate_of_id": of,
        "peer": done.peer,
        "processed_at": now,
        "claimed_until": None,
        "ack_code": done.ack_code,
        "ack_body": body,
        "accept_code": done.accept_code,
        "accept_body": accept or b"",
        "ack_outcome": AckOutcome.QUEUED.value if outbound else outcome.value,
    }
    _write(incoming, values)
    if outbound and done.peer and not incoming.quiet:
        _publish(incoming, done.peer, now)
    return Receipt(message_id=incoming.pk, answer=answer, later=later)


def stand_for(incoming: Incoming, earlier: Sequence[int]) -> None:
    """Let this message stand for copies of it that a crash left unapplied."""
    InboundMessage.objects.filter(pk__in=earlier).update(
        processing_state=ProcessingState.DUPLICATE, duplicate_of=incoming.pk
    )


def _publish(incoming: Incoming, peer: str, now: datetime) -> None:
    event = ApplicationAnswered(
        occurred_at=now,
        correlation_id=incoming.correlation_id,
        message_id=incoming.pk,
        peer=peer,
    )
    publish(event)


def _write(incoming: Incoming, values: dict[str, Any]) -> None:
    if incoming.quiet:  # whether its sender was told stays as it was
        values.pop("ack_outcome")
    if incoming.stored:
        InboundMessage.objects.filter(pk=incoming.pk).update(**values)
    else:
        _insert(incoming, values)


def _insert(incoming: Incoming, values: dict[str, Any]) -> None:
    named = columns_of(incoming.header) if incoming.header is not None else {}
    first = {
        "id": incoming.pk,
        "raw": incoming.raw,
        "truncated": incoming.truncated,
        "address": incoming.address,
        "received_at": incoming.received_at,
        "body_sha256": incoming.sha256,
        "correlation_id": incoming.correlation_id,
    }
    statements.insert(InboundMessage, {**first, **named, **values})


def columns_of(header: Header) -> dict[str, str]:
    """Return what the row of a message says of its header, as far as it has room for it."""
    return {
        "sending_application": header.sending_application[:227],
        "sending_facility": header.sending_facility[:227],
        "message_type": header.message_type[:20],
        "control_id": header.control_id[:199],
        "version": header.version[:20],
    }


def new_id() -> str:
    """Return an MSH-10 nobody used."""
    return uuid.uuid4().hex[:20]
