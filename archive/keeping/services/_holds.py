"""Legal hold: a study that nothing may delete, with the reason and who gave it."""

from __future__ import annotations

from django.db import transaction

from archive.keeping.models import Hold
from archive.store.models import Study
from archive.store.queries import NoSuchStudy
from archive.store.services import audit_change
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Malformed
from pacs_hub.kernel.origin import Origin


class ReasonMissing(Malformed):
    """A hold is placed and released with a reason."""

    code = "reason-missing"


class NotHeld(Conflict):
    """There is no hold to release."""

    code = "not-held"


def hold(*, study_instance_uid: str, reason: str, origin: Origin) -> Hold:
    """Forbid to delete a study; several holds may stand side by side.

    Raises:
        ReasonMissing: no reason is given.
        NoSuchStudy: there is none.
    """
    _check_reason(reason)
    with transaction.atomic():
        study = _locked(study_instance_uid)
        placed = Hold.objects.create(
            study_instance_uid=study_instance_uid,
            reason=reason.strip()[:200],
            placed_by=origin.actor[:150],
            placed_at=clock.now(),
        )
        Study.objects.filter(pk=study.pk).update(legal_hold=True)
        detail = f"hold {placed.pk} placed: {reason.strip()}"
        audit_change(study, detail=detail, origin=origin)
    return placed


def release(*, study_instance_uid: str, reason: str, origin: Origin) -> None:
    """Take every hold off a study.

    Raises:
        ReasonMissing: no reason is given.
        NoSuchStudy: there is none.
        NotHeld: it is not held.
    """
    _check_reason(reason)
    with transaction.atomic():
        study = _locked(study_instance_uid)
        standing = Hold.objects.filter(
            study_instance_uid=study_instance_uid, released_at__isnull=True
        )
        if not standing.update(released_by=origin.actor[:150], released_at=clock.now()):
            raise NotHeld("the study is not held")
        Study.objects.filter(pk=study.pk).update(legal_hold=False)
        audit_change(study, detail=f"hold released: {reason.strip()}", origin=origin)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("a reason is needed", field="reason")


def _locked(study_instance_uid: str) -> Study:
    rows = Study.objects.select_for_update().filter(study_instance_uid=study_instance_uid)
    study = rows.first()
    if study is None:
        raise NoSuchStudy("no such study")
    return study
