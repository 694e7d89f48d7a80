"""Names and numbers that may have been meant."""

from __future__ import annotations

import difflib
from typing import Final

from django.db.models import Q

from pacs_hub.access.queries import dicom_peers
from worklist.exams.models import Exam
from worklist.orders.models import RequestedProcedure

LATEST: Final = 500
MOST: Final = 5


def nearest_titles(ae_title: str) -> tuple[str, ...]:
    """Return configured AE titles that look like this one; case does not count."""
    titles = {row.ae_title.lower(): row.ae_title for row in dicom_peers() if "worklist" in row.may}
    near = difflib.get_close_matches(ae_title.strip().lower(), titles, n=MOST, cutoff=0.5)
    return tuple(titles[name] for name in near)


def nearest_accession_numbers(number: str) -> tuple[str, ...]:
    """Return accession numbers that look like this one, those of orders so numbered first."""
    meant = number.strip()
    order = "order__"
    ordered = RequestedProcedure.objects.filter(
        Q(**{f"{order}placer_order_number": meant})
        | Q(**{f"{order}filler_order_number": meant})
        | Q(placer_order_number=meant)
        | Q(filler_order_number=meant)
    ).values_list(f"{order}accession_number", flat=True)
    alike = Exam.objects.filter(Q(accession_number=meant) | Q(accession_number=meant.upper()))
    latest = Exam.objects.order_by("-pk").values_list("accession_number", flat=True)[:LATEST]
    near = difflib.get_close_matches(meant, list(latest), n=MOST, cutoff=0.6)
    same = alike.values_list("accession_number", flat=True)[:MOST]
    return tuple(dict.fromkeys([*same, *ordered[:MOST], *near]))[:MOST]
