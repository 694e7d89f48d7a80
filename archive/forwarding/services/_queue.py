"""Put studies into the queue, once for each reason and peer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from archive.forwarding.models import (
    ForwardRule,
    ItemState,
    Sending,
    SendingItem,
    SendingState,
)
from archive.forwarding.queries import facts_of, forward_rules, may_go
from archive.forwarding.rules import BASIC, INSTANCE, RETAIN, SYNTAXES, Rule, applies
from archive.store.models import Instance, Study, StudyState
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Malformed
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import nudge_after_commit

logger = logging.getLogger(__name__)

SEND_TASK: Final = "archive.send_on"
BATCH: Final = timedelta(seconds=3)
AT_ONCE: Final = 500
_AGAIN: Final = (SendingState.SENT, SendingState.FAILED, SendingState.GIVEN_UP)


class NoSuchWay(Malformed):
    """Objects cannot be sent in that way."""

    code = "no-such-way"


@dataclass(frozen=True, kw_only=True)
class How:
    """In what form objects go; empty: as they are, in a syntax the peer takes."""

    transfer_syntax: str = ""
    anonymise: str = ""
    retain: tuple[str, ...] = ()
    burned_in: bool = False

    def checked(self) -> How:
        """Return it.

        Raises:
            NoSuchWay: a word of it is not known.
        """
        if self.transfer_syntax and self.transfer_syntax not in SYNTAXES:
            known = ", ".join(SYNTAXES)
            raise NoSuchWay(f"the transfer syntax is one of {known}", field="transfer_syntax")
        if self.anonymise not in {"", BASIC}:
            raise NoSuchWay(f"the one profile is {BASIC}", field="anonymise")
        if set(self.retain) - set(RETAIN):
            raise NoSuchWay(f"what may be retained is {', '.join(RETAIN)}", field="retain")
        return self


def replace_rules(rows: Iterable[Mapping[str, Any]]) -> None:
    """Make the rules those of the site file, in its order; what is queued stays queued."""
    with transaction.atomic():
        ForwardRule.objects.all().delete()
        ForwardRule.objects.bulk_create(
            [ForwardRule(position=number, **row) for number, row in enumerate(rows)]
        )


@transaction.atomic
def queue_by_rules(*, study_id: int, origin: Origin) -> int:
    """Queue what the rules send of a study and is not queued yet; returns how many objects.

    While a study grows only the rules that send objects as they come are asked.
    """
    rules = forward_rules()
    study = Study.objects.filter(pk=study_id).first() if rules else None
    if study is None:
        return 0
    if study.state == StudyState.RECEIVING:
        rules = tuple(rule for rule in rules if rule.when == INSTANCE)
    facts = facts_of(study) if rules else None
    return sum(
        _queue_rule(rule, study, origin)
        for rule in rules
        if facts is not None and applies(rule, facts)
    )


def _queue_rule(rule: Rule, study: Study, origin: Origin) -> int:
    rows = may_go(study, rule)
    if not rows.exists():
        return 0
    how = How(
        transfer_syntax=rule.transfer_syntax,
        anonymise=rule.anonymise,
        retain=rule.retain,
        burned_in=rule.burned_in,
    )
    return queue(
        rows,
        study=study,
        ae_title=rule.to,
        request_key=f"rule:{rule.name}",
        how=how,
        origin=origin,
        window=rule.window,
        wait=BATCH if rule.when == INSTANCE else timedelta(),
    ).added


@dataclass(frozen=True, kw_only=True)
class Queued:
    """The sending, and how many objects are new in it."""

    sending: Sending
    added: int


@transaction.atomic
def queue(
    rows: QuerySet[Instance],
    *,
    study: Study,
    ae_title: str,
    request_key: str,
    how: How,
    origin: Origin,
    window: str = "",
    wait: timedelta = timedelta(),
    priority: int = 1,
) -> Queued:
    """Queue these objects of a study for a peer; what is in the same sending is not sent twice.

    One that was cancelled takes nothing more.
    """
    now = clock.now()
    sending, is_new = Sending.objects.select_for_update().get_or_create(
        request_key=request_key,
        study=study,
        ae_title=ae_title,
        defaults={
            "window": window,
            "transfer_syntax": how.transfer_syntax,
            "anonymise": how.anonymise,
            "retain": list(how.retain),
            "burned_in": how.burned_in,
            "priority": priority,
            "requested_by": origin.actor[:150],
            "correlation_id": origin.correlation_id,
            "created_at": now,
            "next_attempt_at": now + wait,
        },
    )
    if sending.state == SendingState.CANCELLED:
        return Queued(sending=sending, added=0)
    added = _add_items(sending, rows)
    if added:
        changes: dict[str, Any] = {"number_of_items": F("number_of_items") + added}
        if not is_new and sending.state in _AGAIN:
            changes |= {
                "state": SendingState.QUEUED,
                "attempts": 0,
                "failing_since": None,
                "next_attempt_at": now + wait,
                "finished_at": None,
            }
        Sending.objects.filter(pk=sending.pk).update(**changes)
        sending.refresh_from_db()
        nudge_after_commit(SEND_TASK)
        logger.info("archive.sending.queued", extra={"sending": sending.pk, "objects": added})
    return Queued(sending=sending, added=added)


def _add_items(sending: Sending, rows: QuerySet[Instance]) -> int:
    known = SendingItem.objects.filter(sending=sending, instance=OuterRef("pk"))
    again = SendingItem.objects.filter(
        sending=sending, state=ItemState.SKIPPED, instance__in=rows.values("pk")
    ).update(state=ItemState.WAITING, at=None)
    fresh = rows.filter(~Exists(known), pk__gt=sending.done_up_to).order_by(
        F("series__series_number").asc(nulls_last=True),
        "series_id",
        F("instance_number").asc(nulls_last=True),
        "sop_instance_uid",
    )
    ids = list(fresh.values_list("pk", flat=True))
    SendingItem.objects.bulk_create(
        [SendingItem(sending=sending, instance_id=pk) for pk in ids],
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )
    return len(ids) + again
