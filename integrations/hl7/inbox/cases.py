"""What a person does about a message that is held, or waits: apply it anyway, or dismiss it."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from integrations.hl7.inbox import parking, queries, rules, services
from integrations.hl7.inbox.models import InboundMessage, ProcessingState
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Malformed
from pacs_hub.kernel.origin import Origin

OPEN: Final = (ProcessingState.HELD, ProcessingState.PARKED, ProcessingState.REFUSED)


class NotACase(Conflict):
    """The message waits for nobody: it was applied, repeated or dismissed."""

    code = "not-a-case"


class ReasonMissing(Malformed):
    """Who dismisses a message must say why."""

    code = "reason-missing"


def apply_anyway(*, message_id: int, by: str, routes: rules.Routes) -> InboundMessage:
    """Apply a message a rule had held up, because a person says so; its sender is not told.

    What the person cannot decide (a field that is missing, a record that is locked) leaves it
    where it was, with the reason of now.

    Raises:
        NoSuchMessage: there is none.
        NotACase: it waits for nobody.
        BodyGone: its text is not kept any more.
    """
    row = _case(queries.with_body(message_id))
    _decide(row, by=by, reason="applied anyway")
    services.process(row=row, routes=routes, forced=True, quiet=True)
    row.refresh_from_db()
    return row


def dismiss(*, message_id: int, reason: str, by: str) -> InboundMessage:
    """Put a message away for good: it is kept, and never applied.

    Raises:
        NoSuchMessage: there is none.
        NotACase: it waits for nobody.
        ReasonMissing: nobody says why.
    """
    if not reason.strip():
        raise ReasonMissing("say why the message is dismissed", field="reason")
    row = _case(queries.message(message_id))
    with transaction.atomic():
        open_still = InboundMessage.objects.filter(pk=row.pk, processing_state__in=OPEN)
        if not open_still.update(processing_state=ProcessingState.DISMISSED):
            raise NotACase("the message was applied meanwhile")
        parking.park(row.pk, (), now=clock.now())
        _decide(row, by=by, reason=reason.strip())
    row.refresh_from_db()
    return row


def _case(row: InboundMessage) -> InboundMessage:
    if row.processing_state not in OPEN:
        raise NotACase("the message does not wait for a person")
    return row


def _decide(row: InboundMessage, *, by: str, reason: str) -> None:
    InboundMessage.objects.filter(pk=row.pk).update(
        decided_at=clock.now(), decided_by=by[:150], decision_reason=reason[:300]
    )
    audit.record(
        action="update",
        object_type="message",
        object_id=row.pk,
        origin=Origin.over_http(user=by),
        detail=reason[:200],
    )
