"""The reading room: reports on exams whose images are there, preliminary first where it matters."""

from __future__ import annotations

import heapq
import itertools
import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from pacs_hub.demo import messages, reports
from pacs_hub.demo.cases import Case
from pacs_hub.demo.objects.image import has_finding
from pacs_hub.demo.people import READERS
from pacs_hub.demo.sender import Sender

logger = logging.getLogger(__name__)

PRELIMINARY_FOR: Final = frozenset({"CT", "MR"})


class ReadingRoom(threading.Thread):
    """Reads one exam after the other, some seconds after it was completed."""

    def __init__(
        self, *, sender: Sender, now: Callable[[], datetime], stop: threading.Event
    ) -> None:
        super().__init__(name="demo-reading", daemon=True)
        self._sender = sender
        self._now = now
        self._stop_asked = stop
        self._tray: list[tuple[float, int, Case, str, str]] = []
        self._count = itertools.count()
        self._lock = threading.Lock()
        self._random = random.Random()  # noqa: S311 - not a secret

    def take(self, case: Case, *, study_instance_uid: str) -> None:
        """Put an exam in the tray: its images are there."""
        first = time.monotonic() + self._random.uniform(5, 9)
        with self._lock:
            if case.modality in PRELIMINARY_FOR:
                self._put(first, case, study_instance_uid, "P")
                first += self._random.uniform(9, 16)
            self._put(first, case, study_instance_uid, "F")

    def run(self) -> None:
        """Report what is due, until told to stop."""
        while not self._stop_asked.wait(0.5):
            with self._lock:
                due = self._tray and self._tray[0][0] <= time.monotonic()
                job = heapq.heappop(self._tray) if due else None
            if job is not None:
                self._report(case=job[2], study_instance_uid=job[3], status=job[4])

    def _put(self, due: float, case: Case, study_instance_uid: str, status: str) -> None:
        heapq.heappush(self._tray, (due, next(self._count), case, study_instance_uid, status))

    def _report(self, *, case: Case, study_instance_uid: str, status: str) -> None:
        text = reports.sections(case.procedure_code, abnormal=has_finding(study_instance_uid))
        reader = READERS[int(case.number) % len(READERS)]
        message = messages.report(case, status=status, sections=text, reader=reader, at=self._now())
        if self._sender.send(message):
            facts = {"accession_number": case.accession_number, "status": status}
            logger.info("demo.report.sent", extra=facts)
