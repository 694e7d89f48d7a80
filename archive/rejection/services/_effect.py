"""What a rejection note does to what is stored, when it comes, and when it is undone."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

import pydicom
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from archive.dicom.part10 import UNREADABLE
from archive.rejection.models import RejectedReference, RejectionNote
from archive.rejection.rules import REASONS, Note, read_note, strongest
from archive.storage.area import StorageArea
from archive.store.completion import recount
from archive.store.events import StudyRevised
from archive.store.models import Instance, Study
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Malformed, Unknown
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish

logger = logging.getLogger(__name__)

LARGEST_NOTE: Final = 64 * 1024 * 1024
_AT_ONCE: Final = 500
T = TypeVar("T")


class NoSuchNote(Unknown):
    """There is no such rejection note."""

    code = "no-such-rejection-note"


class AlreadyUndone(Conflict):
    """The rejection note has no effect any more."""

    code = "already-undone"


class NotANote(Malformed):
    """The key object cannot be read."""

    code = "not-a-rejection-note"


def take_note(*, sop_instance_uid: str, area: StorageArea, origin: Origin) -> RejectionNote | None:
    """Give effect to a stored key object, if it is a rejection note; once, however often called.

    Objects it names that are not here are remembered, and rejected when they come.

    Raises:
        NotANote: the object cannot be read.
    """
    row = Instance.objects.filter(sop_instance_uid=sop_instance_uid).first()
    if row is None:
        return None
    known = RejectionNote.objects.filter(instance=row).first()
    if known is not None:
        return known
    note = _note_in(row, area)
    return None if note is None else _take(note, row, origin)


def _note_in(row: Instance, area: StorageArea) -> Note | None:
    if row.size > LARGEST_NOTE:
        raise NotANote("the key object is too large to be read")
    try:
        with area.open(row.storage_key) as file:
            document = pydicom.dcmread(file)
        document.decode()
        return read_note(document)
    except UNREADABLE as error:
        raise NotANote("the key object cannot be read") from error


@transaction.atomic
def _take(note: Note, row: Instance, origin: Origin) -> RejectionNote:
    Study.objects.select_for_update().get(pk=row.study_id)  # one note at a time
    taken, made = RejectionNote.objects.get_or_create(
        instance=row,
        defaults={
            "study_id": row.study_id,
            "code": note.reason.code,
            "text": note.text,
            "number_of_references": len(note.references),
            "actor": row.calling_ae or origin.actor,
            "address": row.address,
            "door": row.door,
            "applied_at": clock.now(),
        },
    )
    if not made:
        return taken
    for references in _portions(note.references):
        here = _stored([ref.sop_instance_uid for ref in references])
        RejectedReference.objects.bulk_create(
            RejectedReference(
                note=taken,
                study_instance_uid=ref.study_instance_uid,
                sop_instance_uid=ref.sop_instance_uid,
                instance_id=here.get((ref.study_instance_uid, ref.sop_instance_uid)),
            )
            for ref in references
        )
    named = taken.references.filter(instance__isnull=False).values_list("instance_id", flat=True)
    _bring_into_effect([*named, row.pk], origin=origin)
    _write_down(taken, origin, f"rejected as {taken.code}: {len(note.references)} objects")
    return taken


@transaction.atomic
def reject_late_arrivals(*, study_instance_uid: str, origin: Origin) -> int:
    """Reject what came after the note that names it; returns how many objects."""
    waiting = RejectedReference.objects.filter(
        instance__isnull=True, study_instance_uid=study_instance_uid
    )
    if not waiting.exists():
        return 0
    here = Instance.objects.filter(study__study_instance_uid=study_instance_uid)
    late = list(
        here.filter(sop_instance_uid__in=waiting.values("sop_instance_uid")).values_list(
            "pk", flat=True
        )
    )
    if late:
        same = here.filter(sop_instance_uid=OuterRef("sop_instance_uid")).values("pk")[:1]
        waiting.update(instance=Subquery(same))
        _bring_into_effect(late, origin=origin)
    return len(late)


def reject_left_behind(*, limit: int, origin: Origin) -> int:
    """Reject what came without anybody telling of it, as when the index was rebuilt.

    At most `limit` studies are looked at; returns how many objects were rejected.
    """
    here = Instance.objects.filter(
        sop_instance_uid=OuterRef("sop_instance_uid"),
        study__study_instance_uid=OuterRef("study_instance_uid"),
    )
    behind = RejectedReference.objects.filter(Exists(here), instance__isnull=True)
    uids = list(behind.values_list("study_instance_uid", flat=True).distinct()[:limit])
    return sum(reject_late_arrivals(study_instance_uid=uid, origin=origin) for uid in uids)


@transaction.atomic
def undo_rejection(*, note_id: int, text: str, origin: Origin) -> RejectionNote:
    """Put what a note took out of use back into use, unless another note names it too.

    Raises:
        NoSuchNote: there is none of that id.
        AlreadyUndone: it was undone before.
    """
    note = RejectionNote.objects.select_for_update().filter(pk=note_id).first()
    if note is None:
        raise NoSuchNote("there is no such rejection note")
    if note.undone_at is not None:
        raise AlreadyUndone("the rejection was undone before")
    note.undone_at, note.undone_by = clock.now(), origin.actor[:150]
    note.save(update_fields=["undone_at", "undone_by"])
    named = note.references.filter(instance__isnull=False).values_list("instance_id", flat=True)
    _bring_into_effect([*named, note.instance_id], origin=origin)
    _write_down(note, origin, f"rejection as {note.code} undone: {text}")
    return note


def _bring_into_effect(instance_ids: Sequence[int], *, origin: Origin) -> None:
    """Write into each object what its notes say of it, and bring its study up to date."""
    for portion in _portions(instance_ids):
        by_code: dict[str, list[int]] = defaultdict(list)
        codes = _codes_of(portion)
        for pk in portion:
            by_code[strongest(codes[pk])].append(pk)
        for code, pks in by_code.items():
            Instance.objects.filter(pk__in=pks).update(rejected_as=code)
    now = clock.now()
    for study in _studies_of(instance_ids):
        recount(study)
        study.revised_at = now
        study.save(
            update_fields=["number_of_instances", "number_of_series", "modalities", "revised_at"]
        )
        publish(
            StudyRevised(
                occurred_at=now,
                correlation_id=origin.correlation_id,
                study_id=study.pk,
                study_instance_uid=study.study_instance_uid,
                number_of_instances=study.number_of_instances,
            )
        )


def _codes_of(instance_ids: Sequence[int]) -> dict[int, set[str]]:
    """Return the codes that hold for each object: of notes that name it, and of its own."""
    codes: dict[int, set[str]] = defaultdict(set)
    for pk, code in RejectedReference.objects.filter(
        instance__in=instance_ids, note__undone_at__isnull=True
    ).values_list("instance_id", "note__code"):
        codes[pk].add(code)
    for note in RejectionNote.objects.filter(instance__in=instance_ids):
        if note.undone_at is not None or REASONS[note.code].hides_note:
            codes[note.instance_id].add(note.code)
    return codes


def _studies_of(instance_ids: Sequence[int]) -> Iterator[Study]:
    pks: set[int] = set()
    for portion in _portions(instance_ids):
        pks.update(
            Instance.objects.filter(pk__in=portion).values_list("study_id", flat=True).distinct()
        )
    yield from Study.objects.select_for_update().filter(pk__in=pks).order_by("pk")


def _stored(uids: Iterable[str]) -> dict[tuple[str, str], int]:
    rows = Instance.objects.filter(sop_instance_uid__in=list(uids))
    return {
        (study, uid): pk
        for pk, study, uid in rows.values_list(
            "pk", "study__study_instance_uid", "sop_instance_uid"
        )
    }


def _write_down(note: RejectionNote, origin: Origin, detail: str) -> None:
    audit.record(
        action="update",
        object_type="study",
        object_id=note.study.study_instance_uid,
        origin=origin,
        patient_id=note.study.patient_id,
        detail=detail,
    )
    logger.info("archive.rejection.changed", extra={"note": note.pk, "code": note.code})


def _portions(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
