"""Keep a message, apply it once, answer it. The order of the steps is the promise.

1 the bytes are committed; 2 effects, events and acknowledgement are committed together; 3 the
answer leaves. A crash between 1 and 2 leaves a message `received`, which a sweep applies; one
between 2 and 3 leaves an answer the sender asks for again by sending the message again.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from django.db import transaction

from integrations.hl7 import charset
from integrations.hl7.ack import (
    Remark,
    Verdict,
    answer_code,
    build_ack,
    internal_error,
    under_new_id,
    verdict_on,
)
from integrations.hl7.inbound.context import Context, Effect
from integrations.hl7.inbox import admission, rules
from integrations.hl7.inbox.models import AckOutcome, InboundMessage, ProcessingState
from integrations.hl7.inbox.subject import subject_of
from integrations.hl7.message import Header, Message, NotHl7
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError
from pacs_hub.kernel.origin import Origin, new_correlation_id

logger = logging.getLogger(__name__)

SAME = (
    "pk",
    "processing_state",
    "received_at",
    "control_id",
    "sending_application",
    "sending_facility",
    "ack_code",
    "ack_body",
)


@dataclass(frozen=True)
class Receipt:
    """The row of a message, and the answer to send; None where none is wanted."""

    message_id: int
    answer: bytes | None


@dataclass(frozen=True)
class _Settled:
    """How a message ended, ready to be written into its row."""

    state: ProcessingState
    verdict: Verdict
    effects: tuple[Effect, ...] = ()
    error: HubError | None = None


def receive(
    *,
    raw: bytes,
    address: str,
    routes: rules.Routes,
    truncated: bool = False,
    doorkeeper: admission.Doorkeeper | None = None,
) -> Receipt:
    """Keep `raw`, apply it, and return the answer; what cannot be applied is answered too."""
    header = _header(raw)
    row = InboundMessage.objects.create(
        raw=raw,
        truncated=truncated,
        address=address[:64],
        received_at=clock.now(),
        body_sha256=rules.fingerprint(raw),
        correlation_id=new_correlation_id(),
        **_named(header),
    )
    return process(row=row, routes=routes, doorkeeper=doorkeeper)


def process(
    *,
    row: InboundMessage,
    routes: rules.Routes,
    doorkeeper: admission.Doorkeeper | None = None,
) -> Receipt:
    """Apply a kept message and keep its acknowledgement, all or nothing."""
    header = _header(bytes(row.raw))
    try:
        with transaction.atomic():
            if (before := _answered_before(row)) is not None:
                return before
            settled = _apply(row, header, routes, doorkeeper or admission.Doorkeeper())
            return _settle(row, header, settled)
    except HubError as error:
        logger.info("hl7.message.refused", extra={"inbound": row.pk, "code": error.error_code})
        settled = _Settled(ProcessingState.REFUSED, verdict_on(error), error=error)
    except Exception as error:  # noqa: BLE001 - outermost loop: one bad message stops no other
        logger.exception("hl7.message.crashed", extra={"inbound": row.pk})
        fault = HubError(type(error).__name__, code="crash")
        settled = _Settled(ProcessingState.REFUSED, internal_error(), error=fault)
    with transaction.atomic():
        if isinstance(settled.error, admission.UnknownSender) and header is not None:
            admission.write_down(settled.error, header, address=row.address)
        return _settle(row, header, settled)


def _header(raw: bytes) -> Header | None:
    try:
        return Header.of(raw)
    except NotHl7:
        return None


def _named(header: Header | None) -> dict[str, str]:
    if header is None:
        return {}
    return {
        "sending_application": header.sending_application[:227],
        "sending_facility": header.sending_facility[:227],
        "message_type": header.message_type[:20],
        "control_id": header.control_id[:199],
        "version": header.version[:20],
    }


def _answered_before(row: InboundMessage) -> Receipt | None:
    """Return the kept answer where this message was applied before; locks it and its copies.

    What was refused is looked at again: the reason may be gone, and nothing was applied.
    """
    if not row.control_id:
        return None
    same = InboundMessage.objects.select_for_update().filter(body_sha256=row.body_sha256)
    since = row.received_at - rules.SAME_FOR
    copies = [
        copy
        for copy in same.order_by("pk").values_list(*SAME, named=True)
        if copy.received_at > since
        and (copy.control_id, copy.sending_application, copy.sending_facility)
        == (row.control_id, row.sending_application, row.sending_facility)
    ]
    done = next((c for c in copies if c.processing_state == ProcessingState.PROCESSED), None)
    if done is None:
        waiting = [c.pk for c in copies if c.processing_state == ProcessingState.RECEIVED]
        if len(waiting) > 1:  # an earlier copy was left behind by a crash: this one stands for it
            InboundMessage.objects.filter(pk__in=waiting).exclude(pk=row.pk).update(
                processing_state=ProcessingState.DUPLICATE, duplicate_of=row.pk
            )
        return None
    now = clock.now()
    answer = under_new_id(bytes(done.ack_body), control_id=_new_id(), now=now)
    if done.pk != row.pk:
        InboundMessage.objects.filter(pk=row.pk).update(
            processing_state=ProcessingState.DUPLICATE,
            duplicate_of=done.pk,
            processed_at=now,
            claimed_until=None,
            ack_body=answer,
            ack_code=done.ack_code,
            ack_outcome=AckOutcome.PENDING if done.ack_code else AckOutcome.NOT_WANTED,
        )
    return Receipt(row.pk, answer if done.ack_code else None)


def _apply(
    row: InboundMessage,
    header: Header | None,
    routes: rules.Routes,
    doorkeeper: admission.Doorkeeper,
) -> _Settled:
    if header is None:
        raise NotHl7("the message does not begin with an MSH segment", field="MSH-1")
    peer = doorkeeper.admit(header, address=row.address)
    row.peer = peer.name
    if row.truncated:
        raise rules.FrameTooLong("the frame is longer than the hub takes")
    rules.check_header(header)
    text = charset.decode(
        bytes(row.raw), declared=header.character_sets, default=peer.character_set
    )
    message = Message(text)
    row.patient_number, row.accession_number = subject_of(message)
    handle = rules.handler_for(header, message, routes)
    origin = Origin.over_hl7(
        peer=peer.name,
        address=row.address,
        message_id=row.pk,
        correlation_id=row.correlation_id,
    )
    context = Context(origin=origin, site=doorkeeper.site(), received_at=row.received_at)
    effects = handle(message, context)
    remarks = tuple(Remark("0", "W", e.text) for e in effects if e.what == "warning")
    return _Settled(ProcessingState.PROCESSED, Verdict("AA", remarks), effects)


def _settle(row: InboundMessage, header: Header | None, settled: _Settled) -> Receipt:
    """Write the outcome and the acknowledgement into the row."""
    now = clock.now()
    answered = header or Header.unknown()
    code = answer_code(answered, settled.verdict)
    body = build_ack(answered, settled.verdict, code=code, control_id=_new_id(), now=now)
    error = settled.error
    InboundMessage.objects.filter(pk=row.pk).update(
        processing_state=settled.state,
        peer=row.peer,
        patient_number=row.patient_number,
        accession_number=row.accession_number,
        processed_at=now,
        claimed_until=None,
        effects=[effect.row() for effect in settled.effects],
        ack_code=code,
        ack_body=body,
        ack_outcome=AckOutcome.PENDING if code else AckOutcome.NOT_WANTED,
        error_code=error.error_code if error else "",
        error_text=error.text[:300] if error else "",
        error_field=(error.field or "")[:40] if error else "",
    )
    return Receipt(row.pk, body if code else None)


def _new_id() -> str:
    return uuid.uuid4().hex[:20]
