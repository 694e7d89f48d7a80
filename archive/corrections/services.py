"""Correct what leaves of a study, and take a correction back; its objects are never touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from archive.corrections.attributes import checked
from archive.corrections.models import Correction, Reason
from archive.corrections.rules import text_of
from archive.dicom.json_model import Json
from archive.store.models import Study
from archive.store.queries import NoSuchStudy
from archive.store.services import audit_change
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unknown
from pacs_hub.kernel.origin import Origin

# The columns a find looks at, and the attributes that fill them.
_COLUMNS: Final = {
    "accession_number": "00080050",
    "referring_physician_name": "00080090",
    "description": "00081030",
    "admission_id": "00380010",
}
_LONGEST: Final = {
    "accession_number": 16,
    "referring_physician_name": 324,
    "description": 64,
    "admission_id": 64,
}
_ISSUER_OF_ACCESSION: Final = "00080051"
_ISSUER_PARTS: Final = ("00400031", "00400032", "00400033")  # local, universal, its type


class NoSuchCorrection(Unknown):
    """There is no such correction."""

    code = "no-such-correction"


class AlreadyWithdrawn(Conflict):
    """The correction was taken back before."""

    code = "correction-withdrawn"


def correct_study(
    *,
    study_id: int,
    attributes: Mapping[str, Json],
    reason: str,
    source: str,
    origin: Origin,
) -> Correction:
    """Let the study's objects leave with these attributes (DICOM JSON by tag, top level).

    `reason` is COERCE or CORRECT (0400,0565), `source` what the new values come from.

    Raises:
        CannotCorrect: they touch what is never corrected, or are not DICOM.
        NoSuchStudy: the study is gone.
    """
    wanted = checked(attributes)
    with transaction.atomic():
        study = _locked(study_id)
        row = Correction.objects.create(
            study=study,
            attributes=wanted,
            received=_received(study),
            reason=Reason(reason),
            source=source[:64],
            actor=origin.actor[:150],
            at=clock.now(),
        )
        _revise(study)
        audit_change(study, detail=f"corrected {', '.join(wanted)}", origin=origin)
        return row


def withdraw(*, correction_id: int, origin: Origin) -> Correction:
    """Take a correction back: what it said is as received again, or as other corrections say.

    Raises:
        NoSuchCorrection: there is none.
        AlreadyWithdrawn: it was taken back before.
    """
    with transaction.atomic():
        row = Correction.objects.select_for_update().filter(pk=correction_id).first()
        if row is None:
            raise NoSuchCorrection("there is no such correction")
        if row.withdrawn_at is not None:
            raise AlreadyWithdrawn("this correction was taken back before")
        study = _locked(row.study_id)
        row.withdrawn_at, row.withdrawn_by = clock.now(), origin.actor[:150]
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])
        _revise(study)
        detail = f"took back the correction of {', '.join(row.attributes)}"
        audit_change(study, detail=detail, origin=origin)
        return row


def withdraw_all(*, study_id: int, source: str, origin: Origin) -> int:
    """Take back every correction of the study that came from `source`; returns how many."""
    rows = Correction.objects.filter(study=study_id, source=source, withdrawn_at__isnull=True)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        for pk in ids:
            withdraw(correction_id=pk, origin=origin)
    return len(ids)


def _locked(study_id: int) -> Study:
    study = Study.objects.select_for_update().filter(pk=study_id).first()
    if study is None:
        raise NoSuchStudy("the archive holds no such study")
    return study


def _received(study: Study) -> dict[str, Any]:
    """Return the corrected columns as the first object had them."""
    first = Correction.objects.filter(study=study).order_by("pk").first()
    if first is not None:
        return dict(first.received)
    return {column: getattr(study, column) for column in (*_COLUMNS, "accession_issuer")}


def _revise(study: Study) -> None:
    """Have finds answer what leaves: fill the columns from what was received and corrected."""
    rows = Correction.objects.filter(study=study).order_by("pk")
    values: dict[str, Any] = dict(rows[0].received)
    for row in rows:
        if row.withdrawn_at is not None:
            continue
        for column, tag in _COLUMNS.items():
            if tag in row.attributes:
                values[column] = text_of(row.attributes, tag)[: _LONGEST[column]]
        if _ISSUER_OF_ACCESSION in row.attributes:
            item = next(iter(row.attributes[_ISSUER_OF_ACCESSION].get("Value") or [{}]))
            named = [text_of(item, part) for part in _ISSUER_PARTS]
            values["accession_issuer"] = named if any(named) else []
    Study.objects.filter(pk=study.pk).update(**values, revised_at=clock.now())
