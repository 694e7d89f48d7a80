"""Act by the rules of retention: move what is cold, delete what may go; never what is held."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.db.models.deletion import ProtectedError

from archive.keeping.events import StudyRemoved
from archive.keeping.models import RetentionRule, Tombstone
from archive.keeping.queries import Due, Veto, due_page, is_still_due, retention_rules
from archive.keeping.services._discards import discard
from archive.keeping.services._moving import StudyReceives, move_to_cold
from archive.storage.area import StorageArea
from archive.store.models import Instance, Study, StudyState
from archive.store.queries import NoSuchStudy
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Applied:
    """What one run did. `kept` are studies that were due and must stay.

    `after` says for each rule behind which study the next run goes on; absent: from the first.
    """

    deleted: int = 0
    moved: int = 0
    kept: int = 0
    bytes: int = 0
    by_rule: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)


def replace_rules(rows: Iterable[Mapping[str, Any]]) -> None:
    """Make the rules those of the site file, in its order."""
    with transaction.atomic():
        RetentionRule.objects.all().delete()
        RetentionRule.objects.bulk_create(
            [RetentionRule(position=number, **row) for number, row in enumerate(rows)]
        )


def apply_rules(
    *,
    area: StorageArea,
    veto: Veto,
    has_cold_area: bool,
    limit: int,
    pages: int,
    after: Mapping[str, int],
    origin: Origin,
) -> Applied:
    """Look at up to `pages` pages of studies for each rule, and act on up to `limit` in all.

    Nothing is deleted and nothing is moved unless a rule of the site file says so. `veto` names
    studies that somebody above still works with. `after` is what the last run returned.

    Raises:
        Unavailable: an area is away; the next run goes on.
    """
    done = Applied()
    for rule in retention_rules():
        if rule.action == "cold" and not has_cold_area:
            continue
        place: int | None = after.get(rule.name, 0)
        for _ in range(pages):
            if place is None or done.deleted + done.moved >= limit:
                break
            found, last = due_page(rule, now=clock.now(), veto=veto, after=place)
            room = limit - done.deleted - done.moved
            place = _act_on(found, last, room, done, area=area, veto=veto, origin=origin)
        if place is not None:
            done.after[rule.name] = place
    if done.deleted or done.moved:
        logger.info(
            "archive.retention.applied", extra={"deleted": done.deleted, "moved": done.moved}
        )
    return done


def _act_on(
    found: list[Due],
    last: int | None,
    room: int,
    done: Applied,
    *,
    area: StorageArea,
    veto: Veto,
    origin: Origin,
) -> int | None:
    """Act on up to `room` of a page; returns behind which study to go on, None at the end."""
    for each in found:
        if each.kept_because:
            done.kept += 1
            continue
        if room <= 0:
            return each.study.pk - 1
        if each.rule.action == "delete":
            acted = _delete(each, veto=veto, origin=origin)
            done.deleted += acted
        else:
            acted = _move(each, area=area, origin=origin)
            done.moved += acted
        if acted:
            room -= 1
            done.bytes += each.bytes
            done.by_rule[each.rule.name] = done.by_rule.get(each.rule.name, 0) + 1
    return last


def _move(each: Due, *, area: StorageArea, origin: Origin) -> bool:
    """Move a study to the cold area, unless it grows again or has gone meanwhile."""
    try:
        return move_to_cold(study_id=each.study.pk, area=area, origin=origin).objects > 0
    except (NoSuchStudy, StudyReceives):
        return False


def _delete(each: Due, *, veto: Veto, origin: Origin) -> bool:
    """Remove the rows of a study and leave a tombstone, in one transaction; its bytes follow.

    Whoever placed a hold, undid a rejection, opened an exam or sent an object meanwhile wins.
    """
    try:
        with transaction.atomic():
            study = Study.objects.select_for_update().filter(pk=each.study.pk).first()
            if study is None or study.legal_hold or study.state != StudyState.RECEIVED:
                return False
            if study.last_received_at != each.study.last_received_at or veto([study.pk]):
                return False
            if not is_still_due(each.rule, study, now=clock.now()):
                return False
            objects = list(Instance.objects.filter(study=study).values_list("storage_key", "size"))
            _leave_tombstone(study, each, origin)
            discard(objects)
            _tell_removed(study, each, origin)
            study.delete()
    except ProtectedError:
        logger.error("archive.retention.protected", extra={"study": each.study.pk})
        return False
    return True


def _tell_removed(study: Study, each: Due, origin: Origin) -> None:
    publish(
        StudyRemoved(
            occurred_at=clock.now(),
            correlation_id=origin.correlation_id,
            study_id=study.pk,
            study_instance_uid=study.study_instance_uid,
            patient_id=study.patient_id,
            rule=each.rule.name,
        )
    )


def _leave_tombstone(study: Study, each: Due, origin: Origin) -> None:
    volume = Instance.objects.filter(study=study).aggregate(b=Sum("size"))["b"] or 0
    Tombstone.objects.create(
        study_instance_uid=study.study_instance_uid,
        patient_id=study.patient_id,
        accession_number=study.accession_number,
        modalities=study.modalities,
        rule=each.rule.name,
        number_of_instances=Instance.objects.filter(study=study).count(),
        bytes=volume,
        first_received_at=study.first_received_at,
        deleted_at=clock.now(),
    )
    audit.record(
        action="delete",
        object_type="study",
        object_id=study.study_instance_uid,
        origin=origin,
        patient_id=study.patient_id,
        detail=f"retention rule {each.rule.name}: {each.number_of_instances} objects",
    )
