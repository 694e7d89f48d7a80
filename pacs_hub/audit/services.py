"""Write an audit row; called in the transaction of what it tells of."""

from __future__ import annotations

from typing import Literal

from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.statements import insert

AuditAction = Literal["view", "create", "update", "delete", "export", "query"]


def record(
    *,
    action: AuditAction,
    object_type: str,
    object_id: str | int,
    origin: Origin,
    role: str = "",
    patient_id: int | None = None,
    detail: str = "",
) -> None:
    """Say that `origin.actor` did `action` to the object; `detail` holds no patient data."""
    insert(
        AuditRow,
        {
            "at": clock.now(),
            "action": action,
            "actor": origin.actor[:150],
            "role": role,
            "door": origin.door,
            "address": origin.address[:64],
            "object_type": object_type,
            "object_id": str(object_id)[:80],
            "patient_id": patient_id,
            "detail": detail[:300],
            "correlation_id": origin.correlation_id,
        },
    )
