"""The way to each receiver: one conversation at a time, one incident at a time."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from integrations.hl7.outbound.models import OutboundIncident, OutboundLine
from integrations.hl7.outbound.rules import REOPEN_WITHIN, RETRIED, line_retry
from pacs_hub.kernel import clock
from pacs_hub.outbox import leases

logger = logging.getLogger(__name__)


class Line:
    """A line this process holds, and what it knows of its troubles."""

    def __init__(self, row: OutboundLine, *, in_trouble: bool) -> None:
        self.peer_name = row.peer_name
        self.failures = row.failures
        self._pk = row.pk
        self._holder = row.holder
        self._in_trouble = in_trouble

    def hold(self, seconds: float) -> bool:
        """Hold the line for `seconds` more; False where the lease ran out and another has it."""
        until = clock.now() + timedelta(seconds=seconds)
        rows = OutboundLine.objects.filter(pk=self._pk, holder=self._holder)
        return bool(rows.update(claimed_until=until))

    def release(self) -> None:
        """Let another have the line."""
        OutboundLine.objects.filter(pk=self._pk, holder=self._holder).update(claimed_until=None)

    def answered(self) -> None:
        """Say that the receiver answered: whatever was wrong with it is over."""
        if not self._in_trouble:
            return
        now = clock.now()
        OutboundLine.objects.filter(pk=self._pk).update(
            failures=0, next_attempt_at=None, last_answer_at=now
        )
        open_rows = OutboundIncident.objects.filter(
            peer_name=self.peer_name, closed_at__isnull=True
        )
        if open_rows.update(closed_at=now):
            logger.warning("hl7.outbound.incident.closed", extra={"peer": self.peer_name})
        self.failures, self._in_trouble = 0, False

    def failed(self, *, code: str, text: str, pause: bool = True) -> None:
        """Count a failure of the receiver; with `pause` it is left alone for a while."""
        now = clock.now()
        self.failures += 1
        self._in_trouble = True
        with transaction.atomic():
            if pause:
                OutboundLine.objects.filter(pk=self._pk).update(
                    failures=self.failures,
                    next_attempt_at=line_retry(code=code, failures=self.failures, now=now),
                )
            self._count_incident(code, text)

    def _count_incident(self, code: str, text: str) -> None:
        now = clock.now()
        news = {"code": code, "text": text[:300], "last_at": now, "failures": F("failures") + 1}
        rows = OutboundIncident.objects.filter(peer_name=self.peer_name)
        if rows.filter(closed_at__isnull=True).update(**news):
            return
        latest = rows.order_by("-opened_at", "-pk").first()
        if latest is not None and _is_same_again(latest, code):
            rows.filter(pk=latest.pk).update(closed_at=None, **news)
            return
        OutboundIncident.objects.create(
            peer_name=self.peer_name,
            code=code,
            text=text[:300],
            failures=1,
            opened_at=now,
            last_at=now,
        )
        extra = {"peer": self.peer_name, "code": code}
        logger.warning("hl7.outbound.incident.opened", extra=extra)


def _is_same_again(incident: OutboundIncident, code: str) -> bool:
    """Say whether trouble that returns is the incident that seemed over."""
    soon = incident.last_at >= clock.now() - REOPEN_WITHIN
    return incident.code == code and code in RETRIED and soon


def take(peer_name: str, *, seconds: float) -> Line | None:
    """Take the line to a receiver for `seconds`; None while another has it."""
    row = known(peer_name)
    row.holder = uuid.uuid4().hex
    with transaction.atomic():  # who held it before must not hold it again in between
        lines = OutboundLine.objects.all()
        if not leases.claim(lines, pk=row.pk, now=clock.now(), seconds=seconds):
            return None
        lines.filter(pk=row.pk).update(holder=row.holder)
    row.refresh_from_db(fields=["failures"])
    incidents = OutboundIncident.objects.filter(peer_name=peer_name, closed_at__isnull=True)
    return Line(row, in_trouble=bool(row.failures) or incidents.exists())


def known(peer_name: str) -> OutboundLine:
    """Return the line to a receiver; made when it is first needed."""
    row = OutboundLine.objects.filter(peer_name=peer_name).first()
    if row is not None:
        return row
    try:
        with transaction.atomic():
            return OutboundLine.objects.create(peer_name=peer_name)
    except IntegrityError:  # another process met this receiver at the same moment
        return OutboundLine.objects.get(peer_name=peer_name)
