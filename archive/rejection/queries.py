"""What is out of use, and why; reads only."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from archive.index.queries import visible
from archive.rejection.models import RejectionNote
from archive.rejection.rules import DELETABLE
from archive.store.models import Instance
from archive.store.queries import shown
from pacs_hub.access.permissions import Principal


def may_see_rejected(principal: Principal) -> bool:
    """Say whether the principal looks after quality: sees what is out of use, and the notes."""
    return principal.may("read", "rejection")


def notes(*, principal: Principal) -> QuerySet[RejectionNote]:
    """Return the notes the principal may see, latest first; of others only those not hidden."""
    rows = RejectionNote.objects.select_related("study", "instance").filter(
        visible(principal=principal, prefix="study__")
    )
    if not may_see_rejected(principal):
        rows = rows.filter(shown("instance__"))
    return rows.order_by("-applied_at", "-pk")


def rejected(*, principal: Principal, study_instance_uid: str = "") -> QuerySet[Instance]:
    """Return the objects that are out of use, for those who look after quality; others see none."""
    if not may_see_rejected(principal):
        return Instance.objects.none()
    rows = Instance.objects.select_related("study", "series").exclude(shown())
    if study_instance_uid:
        rows = rows.filter(study__study_instance_uid=study_instance_uid)
    return rows.order_by("study_id", "series_id", "instance_number", "pk")


def sent_on(prefix: str = "") -> Q:
    """Return the condition of what may be forwarded: what is shown, and every rejection note."""
    return shown(prefix) | Q(**{f"{prefix}rejection_note__isnull": False})


def expired(prefix: str = "") -> Q:
    """Return the condition of what a rejection note lets go of for good (113039, DCM)."""
    return Q(**{f"{prefix}rejected_as__in": DELETABLE})
