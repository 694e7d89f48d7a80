"""Keep the procedure catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from worklist.orders.models import Procedure


def replace_procedures(rows: Sequence[Mapping[str, Any]]) -> None:
    """Make the active catalogue exactly these; what others refer to is kept, inactive."""
    with transaction.atomic():
        kept = [
            Procedure.objects.update_or_create(
                code=row["code"], scheme=row["scheme"], defaults={**row, "active": True}
            )[0].pk
            for row in rows
        ]
        Procedure.objects.exclude(pk__in=kept).update(active=False)
