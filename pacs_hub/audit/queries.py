"""Who saw or changed what; reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from pacs_hub.audit.models import AuditRow


@dataclass(frozen=True, kw_only=True)
class AuditFilters:
    """Which rows to show; empty means all."""

    actor: str = ""
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    patient: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def rows(filters: AuditFilters) -> QuerySet[AuditRow]:
    """Return the rows that pass the filters, latest first."""
    found = AuditRow.objects.order_by("-at", "-pk")
    exact = {
        "actor": filters.actor,
        "action": filters.action,
        "object_type": filters.object_type,
        "object_id": filters.object_id,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if filters.patient is not None:
        found = found.filter(patient_id=filters.patient)
    if filters.since is not None:
        found = found.filter(at__gte=filters.since)
    if filters.until is not None:
        found = found.filter(at__lt=filters.until)
    return found
