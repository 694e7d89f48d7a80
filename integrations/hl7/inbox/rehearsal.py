"""What messages would do if they were applied now: they are, and all of it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from integrations.hl7.inbound.filing import without_files
from integrations.hl7.inbox import queries, rules, services
from integrations.hl7.inbox.models import InboundMessage, ProcessingState
from pacs_hub.audit.models import FieldChange

AT_MOST: Final = 100


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """One message: how it would end, what it would be answered, and what it would change."""

    message: InboundMessage
    before: str
    changes: tuple[FieldChange, ...]


def rehearse(*, message_ids: Sequence[int], routes: rules.Routes) -> list[Rehearsed]:
    """Apply up to `AT_MOST` messages one after the other, tell what each did, and undo it all.

    Each sees what those before it would have done. Nothing is sent, and no event leaves.

    Raises:
        NoSuchMessage, BodyGone: one of them cannot be applied.
    """
    rehearsed: list[Rehearsed] = []
    with transaction.atomic(), without_files():
        last = FieldChange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        for message_id in message_ids[:AT_MOST]:
            row = queries.with_body(message_id)
            before = row.processing_state
            if before != ProcessingState.DUPLICATE:
                InboundMessage.objects.filter(pk=row.pk).update(
                    processing_state=ProcessingState.RECEIVED
                )
                services.process(row=row, routes=routes, quiet=True)
            ended = InboundMessage.objects.defer("raw", "ack_body", "accept_body").get(pk=row.pk)
            lines = FieldChange.objects.filter(
                source_kind="hl7", source_id=str(row.pk), pk__gt=last
            )
            changes = tuple(lines.order_by("pk"))
            rehearsed.append(Rehearsed(message=ended, before=before, changes=changes))
        transaction.set_rollback(True)
    return rehearsed
