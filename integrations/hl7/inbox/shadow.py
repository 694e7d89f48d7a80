"""Shadow mode: a link whose messages are tried and told of, and never applied.

A new feed is mirrored to the hub before anybody relies on it. Each message is applied and taken
back; what it would have done is kept with it. The sender hears AA whatever came of it: a mirror
must not stop the feed it mirrors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from django.db import transaction

from integrations.hl7.ack import Remark, Verdict, verdict_on
from integrations.hl7.inbound.context import Effect, Held, Hl7Link, Parked
from integrations.hl7.inbound.filing import without_files
from integrations.hl7.inbox.arrivals import Incoming, Settled
from integrations.hl7.inbox.models import ProcessingState
from integrations.hl7.inbox.subject import Subject
from pacs_hub.audit.models import FieldChange
from pacs_hub.kernel.errors import HubError

AT_MOST: Final = 100
NOT_APPLIED: Final = Remark("0", "I", "shadow mode: nothing was applied")


class _TakeBack(Exception):  # noqa: N818 - not an error: the end of a trial
    """Ends the transaction of a trial."""


def tried(
    apply: Callable[[], Settled], incoming: Incoming, *, link: Hl7Link, subject: Subject
) -> Settled:
    """Return what `apply` would have done, with all of it taken back."""
    effects: tuple[Effect, ...] = ()
    would: tuple[dict[str, Any], ...] = ()
    try:
        with transaction.atomic(), without_files():
            effects = apply().effects
            would = tuple(map(_told, _changes(incoming)))
            raise _TakeBack
    except _TakeBack:
        pass
    except HubError as error:
        effects = (Effect("warning", None, _refusal(error)),)
    return Settled(
        state=ProcessingState.SHADOWED,
        verdict=Verdict("AA", (NOT_APPLIED,)),
        effects=effects,
        would=would,
        link=link,
        subject=subject,
    )


def excused(settled: Settled) -> Settled:
    """Return how a message of a mirror ends that was refused before, or by more than, a trial."""
    said = _refusal(settled.error) if settled.error is not None else "would be refused"
    return replace(
        settled,
        state=ProcessingState.SHADOWED,
        verdict=Verdict("AA", (NOT_APPLIED,)),
        effects=(Effect("warning", None, said),),
        error=None,
        at_the_door=False,
    )


def _changes(incoming: Incoming) -> list[FieldChange]:
    rows = FieldChange.objects.filter(source_kind="hl7", source_id=str(incoming.pk))
    return list(rows.order_by("pk")[:AT_MOST])


def _told(change: FieldChange) -> dict[str, Any]:
    """Return a change that was taken back, as it stands in `InboundMessage.effects`."""
    return {
        "what": change.what,
        "id": change.object_id,
        "text": f"would set {change.field}" if change.field else f"would be {change.after}",
        "would": True,
        "field": change.field,
        "from": change.before,
        "to": change.after,
    }


def _refusal(error: HubError) -> str:
    if isinstance(error, Held):
        return f"would be held for a person: {error.text}"
    if isinstance(error, Parked):
        return f"would wait: {error.text}"
    verdict = verdict_on(error)
    return f"would be answered {verdict.code} {verdict.condition}: {error.text}"
