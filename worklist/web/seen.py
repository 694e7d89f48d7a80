"""One study as whoever asks may see it, for the pages about it."""

from __future__ import annotations

from django.http import HttpRequest

from archive.keeping.queries import PAGE_VIEW
from archive.models import Patient, Study
from archive.rejection.queries import may_see_rejected
from pacs_hub.access.doors import principal_of
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.permissions import Principal
from pacs_hub.audit import services as audit
from worklist.reconcile.finding import study_named


def seen(principal: Principal, study_instance_uid: str) -> Study:
    """Return the study; those who look after quality also see one that is out of use.

    Raises:
        NoSuchStudy: there is none that the principal may see.
    """
    return study_named(
        principal=principal,
        study_instance_uid=study_instance_uid,
        with_rejected=may_see_rejected(principal),
    )


def who(study: Study) -> Patient:
    """Return the person the study is filed under, as they are known now."""
    return study.patient.survivor or study.patient


def note_view(request: HttpRequest, study: Study) -> None:
    """Write down that somebody looked."""
    audit.record(
        action="view",
        object_type="study",
        object_id=study.study_instance_uid,
        origin=http_origin(request),
        role=principal_of(request).role,
        patient_id=study.patient_id,
        detail=PAGE_VIEW,
    )
