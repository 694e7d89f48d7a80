"""Keep the stations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from worklist.scheduling.models import Station


def replace_stations(rows: Sequence[Mapping[str, Any]], *, simulated: bool = False) -> None:
    """Make the stations exactly these; simulated and real ones do not touch each other.

    A station that is real stays so when a simulated one would have its AE title.
    """
    with transaction.atomic():
        titles = [row["ae_title"] for row in rows]
        Station.objects.filter(simulated=simulated).exclude(ae_title__in=titles).delete()
        real = set(Station.objects.filter(simulated=False).values_list("ae_title", flat=True))
        for row in rows:
            if simulated and row["ae_title"] in real:
                continue
            Station.objects.update_or_create(
                ae_title=row["ae_title"], defaults={**row, "simulated": simulated}
            )
