"""Write down what is wrong, and what became of it."""

from __future__ import annotations

import logging

from django.db import IntegrityError, transaction

from archive.keeping.models import Finding, FindingKind, FindingState
from pacs_hub.kernel import clock

logger = logging.getLogger(__name__)


def note(kind: FindingKind, *, key: str, sop_instance_uid: str, text: str) -> Finding:
    """Return the open finding of that kind and key, written now where there is none."""
    found = Finding.objects.filter(kind=kind, key=key, state=FindingState.OPEN).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            made = Finding.objects.create(
                kind=kind,
                key=key,
                sop_instance_uid=sop_instance_uid[:64],
                text=text[:200],
                state=FindingState.OPEN,
                found_at=clock.now(),
            )
    except IntegrityError:  # another process found it at this moment
        return Finding.objects.get(kind=kind, key=key, state=FindingState.OPEN)
    # Its key may be the name of a file of others, and theirs often hold the patient's.
    logger.error("archive.verify.found", extra={"kind": kind.value, "finding": made.pk})
    return made


def close(finding: Finding, text: str) -> None:
    """Say that it is well again, and how that came."""
    Finding.objects.filter(pk=finding.pk).update(
        state=FindingState.HEALED, healed_at=clock.now(), text=text[:200]
    )
    logger.warning("archive.verify.healed", extra={"kind": finding.kind, "finding": finding.pk})


def open_keys() -> set[str]:
    """Return the keys of what is open, so that what became well by itself is closed."""
    return set(
        Finding.objects.filter(state=FindingState.OPEN).values_list("key", flat=True)[:10_000]
    )


def close_all(key: str, *, kinds: tuple[FindingKind, ...]) -> None:
    """Close what is open about an object that is well now."""
    for finding in Finding.objects.filter(key=key, kind__in=kinds, state=FindingState.OPEN):
        close(finding, "it is well again")
