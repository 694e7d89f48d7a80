"""Move a study between the main area and the cold one: copy, compare, switch its rows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q

from archive.keeping.inspecting import Unreadable, copy
from archive.keeping.models import Discarded, FindingKind
from archive.keeping.services import _findings
from archive.keeping.services._discards import discard
from archive.keeping.services._reindex import tier_of
from archive.storage.area import NoSuchObject, StorageArea
from archive.storage.tiers import COLD, cold_key, main_key
from archive.store.models import Instance, Study, StudyState, Tier
from archive.store.queries import NoSuchStudy
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin

logger = logging.getLogger(__name__)

SWITCHED_AT_ONCE: Final = 500
_NEEDED: Final = ("sop_instance_uid", "storage_key", "size", "sha256")
MOVED: Final[dict[str, str]] = {
    Tier.COLD: "moved to the cold area",
    Tier.MAIN: "called back from the cold area",
}


class StudyReceives(Conflict):
    """Objects of the study are still coming in."""

    code = "study-receives"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a move did. `left` are objects whose bytes are not right: they stay where they are."""

    objects: int
    bytes: int
    left: int


def move_to_cold(*, study_id: int, area: StorageArea, origin: Origin) -> Moved:
    """Move the objects of a settled study to the cold area.

    Nothing is lost wherever this stops: rows change in one transaction after every copy was
    compared with its row, and the old bytes stay until later.

    Raises:
        NoSuchStudy: there is none.
        StudyReceives: it has not settled.
        Unavailable: an area is away; the study is where it was.
    """
    return _move(study_id, area, origin, tier=Tier.COLD, new_key=cold_key)


def recall(*, study_id: int, area: StorageArea, origin: Origin) -> Moved:
    """Move the objects of a study back to the main area.

    Raises:
        NoSuchStudy: there is none.
        StudyReceives: objects of it are still coming in.
        Unavailable: an area is away; the study is where it was.
    """
    return _move(study_id, area, origin, tier=Tier.MAIN, new_key=main_key)


def _move(
    study_id: int, area: StorageArea, origin: Origin, *, tier: str, new_key: Callable[[str], str]
) -> Moved:
    study = Study.objects.filter(pk=study_id).first()
    if study is None:
        raise NoSuchStudy("no such study")
    if study.state != StudyState.RECEIVED:
        raise StudyReceives("objects of the study are still coming in")
    lies_there = Q(storage_key__startswith=COLD)
    rows = Instance.objects.filter(~lies_there if tier == Tier.COLD else lies_there, study=study)
    moved: list[Instance] = []
    left = 0
    to_move = list(rows.only(*_NEEDED).order_by("pk"))  # no cursor stays open while we copy
    _keep_old_bytes([new_key(row.storage_key) for row in to_move])
    for row in to_move:
        if _copied(row, new_key(row.storage_key), area):
            moved.append(row)
        else:
            left += 1
    moved = [row for row in moved if _is_there(new_key(row.storage_key), row.size, area)]
    _switch(study, moved, new_key, origin)
    logger.info("archive.study.moved", extra={"study": study.pk, "tier": tier})
    return Moved(objects=len(moved), bytes=sum(row.size for row in moved), left=left)


def _keep_old_bytes(keys: list[str]) -> None:
    """Let no sweep remove old bytes of keys where the same ones are to lie again."""
    for start in range(0, len(keys), SWITCHED_AT_ONCE):
        some = keys[start : start + SWITCHED_AT_ONCE]
        Discarded.objects.filter(key__in=some, binned_at=None).delete()


def _copied(row: Instance, target: str, area: StorageArea) -> bool:
    """Copy the bytes of a row and say whether the copy is what was received."""
    try:
        if copy(area, row.storage_key, target, sha256=row.sha256):
            return True
        kind, text = FindingKind.DAMAGED, "its SHA-256 is another than when it was received"
    except NoSuchObject:
        kind, text = FindingKind.MISSING, "it is not in the storage area"
    except Unreadable as error:
        kind, text = FindingKind.DAMAGED, error.text
    if Instance.objects.filter(pk=row.pk, storage_key=row.storage_key).exists():
        _findings.note(kind, key=row.storage_key, sop_instance_uid=row.sop_instance_uid, text=text)
    return False


def _is_there(key: str, size: int, area: StorageArea) -> bool:
    """Look once more at a copy that was made a while ago."""
    try:
        return area.size(key) == size
    except NoSuchObject:
        return False


def _switch(
    study: Study, rows: list[Instance], new_key: Callable[[str], str], origin: Origin
) -> None:
    """Let the rows name the copies, and the old bytes nobody, in one transaction."""
    if not rows:
        return
    with transaction.atomic():
        if not Study.objects.select_for_update().filter(pk=study.pk).exists():
            discard([(new_key(row.storage_key), row.size) for row in rows])
            return
        for start in range(0, len(rows), SWITCHED_AT_ONCE):
            _switch_some(rows[start : start + SWITCHED_AT_ONCE], new_key)
        tier = tier_of(study.pk)
        Study.objects.filter(pk=study.pk).update(tier=tier)
        audit.record(
            action="update",
            object_type="study",
            object_id=study.study_instance_uid,
            origin=origin,
            patient_id=study.patient_id,
            detail=f"{MOVED[tier]}: {len(rows)} objects",
        )


def _switch_some(rows: list[Instance], new_key: Callable[[str], str]) -> None:
    """Switch rows that are as they were when their bytes were copied."""
    pks = [row.pk for row in rows]
    now = dict(Instance.objects.filter(pk__in=pks).values_list("pk", "storage_key"))
    same = [row for row in rows if now.get(row.pk) == row.storage_key]
    targets = {row.pk: new_key(row.storage_key) for row in same}
    _keep_old_bytes(list(targets.values()))
    discard([(row.storage_key, row.size) for row in same])
    for row in same:
        row.storage_key = targets[row.pk]
    Instance.objects.bulk_update(same, ["storage_key"])
