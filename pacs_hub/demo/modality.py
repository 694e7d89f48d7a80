"""A modality with its technologist: calls a patient in, scans, sends, closes the step."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import queue
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol, TypeVar

from pydicom.dataset import Dataset

from pacs_hub.demo import performed_step
from pacs_hub.demo.cases import Case, of_earlier_run
from pacs_hub.demo.console import Console, HubSaidNo
from pacs_hub.demo.objects.acquisition import acquire
from pacs_hub.demo.objects.image import Exposure, Series
from pacs_hub.demo.people import Name, Person
from pacs_hub.demo.performed_step import SentSeries
from pacs_hub.demo.site import FACILITY, NAME
from pacs_hub.demo.worklist_item import WorklistItem, fresh_uid

logger = logging.getLogger(__name__)

PAUSES_SECONDS: Final = (0.5, 1, 2, 5, 10)
LOOKS: Final = 20
LOOK_AGAIN_SECONDS: Final = 3.0

T = TypeVar("T")
DARKROOM: Final = threading.Lock()
"""Pictures are made one series at a time: it keeps the memory and the load of the demo small."""
Errand = Literal["exam", "emergency", "close"]


class Coordinator(Protocol):
    """Who wants to know how an exam ended."""

    def exam_ended(self, case: Case, *, study_instance_uid: str, outcome: str) -> None:
        """Hear that the exam is completed, discontinued or lost."""

    def left_over(self, case: Case) -> None:
        """Hear of an exam on the worklist that an earlier run ordered."""

    def emergency_scanned(self, case: Case) -> None:
        """Hear that an emergency was scanned before it was ordered."""


@dataclass(frozen=True, kw_only=True)
class _Scanned:
    exposure: Exposure
    sent: list[SentSeries]


class Station(threading.Thread):
    """One device and its waiting room."""

    def __init__(
        self,
        *,
        row: dict[str, Any],
        console: Console,
        coordinator: Coordinator,
        now: Callable[[], datetime],
        stop: threading.Event,
    ) -> None:
        super().__init__(name=f"demo-{row['ae_title']}", daemon=True)
        self.row = row
        self._console = console
        self._coordinator = coordinator
        self._now = now
        self._stop_asked = stop
        self._waiting: queue.SimpleQueue[tuple[Case, Errand]] = queue.SimpleQueue()
        self._scanned: dict[str, _Scanned] = {}
        self._random = random.Random()  # noqa: S311 - not a secret

    def call(self, case: Case, errand: Errand = "exam") -> None:
        """Send a patient to the waiting room."""
        self._waiting.put((case, errand))

    def run(self) -> None:
        """Look at the list, then attend to one patient after the other, until told to stop."""
        self._look_for_left_overs()
        while not self._stop_asked.is_set():
            try:
                case, errand = self._waiting.get(timeout=0.5)
            except queue.Empty:
                continue
            try:
                self._attend(case, errand)
            except HubSaidNo as error:
                facts = {"accession_number": case.accession_number, "reason": str(error)}
                logger.warning("demo.exam.lost", extra=facts)
                self._coordinator.exam_ended(case, study_instance_uid="", outcome="lost")

    def _attend(self, case: Case, errand: Errand) -> None:
        if errand == "emergency":
            self._scan_unordered(case)
            return
        item = self._from_worklist(case)
        if errand == "close":
            scanned = self._scanned.pop(case.number)
            exposure = dataclasses.replace(scanned.exposure, item=item)
            self._start(exposure)
            self._end(case, exposure, scanned.sent)
            return
        if case.mistaken_for is not None:  # the wrong line of the list was picked for the patient
            item = _with_identity(item, case.mistaken_for)
        exposure = self._exposure(item)
        self._start(exposure)
        self._pause(3.0, 8.0)
        refused = case.course == "discontinued"
        sent = self._send(exposure, only_first=refused)
        self._pause(0.8, 2.5)
        self._end(case, exposure, sent, refused=refused)

    def _look_for_left_overs(self) -> None:
        try:
            items = self._console.worklist(day=self._now())
        except HubSaidNo:
            return
        for item in items:
            if (case := of_earlier_run(item, now=self._now())) is not None:
                self._coordinator.left_over(case)

    def _from_worklist(self, case: Case) -> WorklistItem:
        """Look for the patient on the worklist until the line is there.

        Raises:
            HubSaidNo: it never came.
        """
        for _ in range(LOOKS):
            items = self._insist(lambda: self._console.worklist(day=case.start))
            for item in items:
                if item.accession_number == case.accession_number:
                    return item
            self._stop_asked.wait(LOOK_AGAIN_SECONDS)
            if self._stop_asked.is_set():
                break
        raise HubSaidNo("not on the worklist")

    def _scan_unordered(self, case: Case) -> None:
        """Scan by the wristband and the paper slip: the order has not been entered yet."""
        item = WorklistItem(
            patient_name="", patient_id="", issuer_of_patient_id="", patient_birth_date="",
            patient_sex="", study_instance_uid=fresh_uid(),
            accession_number=case.accession_number, requested_procedure_id="",
            procedure_code=case.procedure_code, procedure_scheme="L",
            procedure_name=case.procedure_name, modality=case.modality,
        )  # fmt: skip
        exposure = self._exposure(_with_identity(item, case.person))
        self._pause(1.0, 2.0)
        self._scanned[case.number] = _Scanned(exposure=exposure, sent=self._send(exposure))
        self._coordinator.emergency_scanned(case)

    def _exposure(self, item: WorklistItem) -> Exposure:
        return Exposure(
            item=item,
            station_ae_title=self.row["ae_title"],
            station_name=self.row["name"],
            manufacturer="Simulated Imaging",
            model=f"Phantom {self.row['modality']}",
            institution=NAME,
            started_at=self._now(),
            mpps_uid=fresh_uid(),
        )

    def _start(self, exposure: Exposure) -> None:
        attributes = performed_step.creation(exposure)
        self._insist(lambda: self._console.start_step(uid=exposure.mpps_uid, attributes=attributes))

    def _send(self, exposure: Exposure, *, only_first: bool = False) -> list[SentSeries]:
        sent = []
        with DARKROOM:
            programme = acquire(exposure)
        for series in programme:
            with DARKROOM:
                images = list(itertools.islice(series.images(), 6 if only_first else None))
            sent.append(self._send_series(series, images))
            if only_first:
                break
            self._pause(0.8, 2.5)
        return sent

    def _send_series(self, series: Series, images: list[Dataset]) -> SentSeries:
        sop_class = str(images[0].SOPClassUID)
        instances = self._insist(lambda: self._console.store(images, sop_class=sop_class))
        return SentSeries(series=series, instances=instances)

    def _end(
        self, case: Case, exposure: Exposure, sent: list[SentSeries], *, refused: bool = False
    ) -> None:
        attributes = performed_step.end(sent, at=self._now(), refused=refused)
        self._insist(
            lambda: self._console.change_step(uid=exposure.mpps_uid, attributes=attributes)
        )
        outcome = "discontinued" if refused else "completed"
        facts = {"accession_number": case.accession_number, "outcome": outcome}
        logger.info("demo.exam.ended", extra=facts)
        uid = exposure.item.study_instance_uid
        self._coordinator.exam_ended(case, study_instance_uid=uid, outcome=outcome)

    def _insist(self, errand: Callable[[], T]) -> T:
        for pause in PAUSES_SECONDS:
            try:
                return errand()
            except HubSaidNo:
                if self._stop_asked.wait(pause):
                    raise
        return errand()

    def _pause(self, least: float, most: float) -> None:
        self._stop_asked.wait(self._random.uniform(least, most))


def _with_identity(item: WorklistItem, person: Person) -> WorklistItem:
    return dataclasses.replace(
        item,
        patient_name=person_name(person.name),
        patient_id=person.patient_id,
        issuer_of_patient_id=FACILITY,
        patient_birth_date=f"{person.birth_date:%Y%m%d}",
        patient_sex=person.sex,
    )


def person_name(name: Name) -> str:
    """Return the name as DICOM writes it, up to three groups (PS3.5 6.2.1)."""
    groups = (name.alphabetic, name.ideographic, name.phonetic)
    return "=".join("^".join(group) if group else "" for group in groups).rstrip("=")
