"""Systems that keep on: what was not acknowledged is sent again, unchanged, until it is."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pydicom import Dataset

from tests.support.datasets import ct_series, new_uid
from tests.support.hub import RunningHub
from tests.support.messages import orm_o01, pid
from tests.support.peers.hospital import HospitalSystem
from tests.support.peers.modality import Modality
from tests.support.performed import ended, started

T = TypeVar("T")

SUCCESS, EXISTS_ALREADY, NO_LONGER_CHANGES = 0x0000, 0x0111, 0x0110
LOST = (OSError, RuntimeError, AssertionError, AttributeError)
"""How a connection that broke shows itself in sockets, pynetdicom and our peers."""


@dataclass
class Promised:
    """One exam, and what the hub has answered for it."""

    accession_number: str
    study_instance_uid: str
    images: list[Dataset] = field(default_factory=list)
    ordered: bool = False
    arrived: bool = False
    stored: list[str] = field(default_factory=list)
    completed: bool = False


def insist(attempt: Callable[[], T | None], *, until: float, what: str) -> T:
    """Try again after every failure, as a real sender does.

    Raises:
        TimeoutError: it never worked.
    """
    last: object = None
    while time.monotonic() < until:
        try:
            if (answer := attempt()) is not None:
                return answer
            last = "no answer yet"
        except LOST as error:
            last = error
        time.sleep(0.1)
    raise TimeoutError(f"{what}: {last!r}")


class Hospital:
    """A HIS, a front desk and a scanner that take one exam after another through the hub."""

    def __init__(self, hub: RunningHub, *, token: str, images: int, patience: float) -> None:
        self._hub = hub
        self._token = token
        self._images = images
        self._patience = patience
        self._lock = threading.Lock()
        self.exams: list[Promised] = []
        self.resent = 0

    def work(self, stop: threading.Event) -> None:
        """Take exams through, one by one, until told to stop; the last one is finished."""
        while not stop.is_set():
            with self._lock:
                exam = Promised(f"K{len(self.exams) + 1:05d}", new_uid())
                self.exams.append(exam)
            self._order(exam)
            self._arrive(exam)
            self._perform(exam)

    def _insist(self, attempt: Callable[[], T | None], what: str) -> T:
        tries = 0

        def counted() -> T | None:
            nonlocal tries
            tries += 1
            return attempt()

        answer = insist(counted, until=time.monotonic() + self._patience, what=what)
        with self._lock:
            self.resent += tries - 1
        return answer

    def _order(self, exam: Promised) -> None:
        number = exam.accession_number
        message = orm_o01(
            person=pid(identifier=f"P{number}^^^GH^MR", name=f"KILL^{number}^^^^^L"),
            placer=f"O{number}^HIS",
            accession=number,
            study=exam.study_instance_uid,
            start=time.strftime("%Y%m%d%H%M%S+0000", time.gmtime()),
        )

        def attempt() -> bool | None:
            with HospitalSystem(self._hub.mllp_port) as his:
                ack = his.send(message)
            assert ack.code in {"AA", "AE", "AR"}
            assert ack.code == "AA", ack.raw  # AE 207 says: try again
            return True

        exam.ordered = self._insist(attempt, f"order {number}")

    def _arrive(self, exam: Promised) -> None:
        """Check the patient in over REST; 409 says that an unanswered try had worked."""

        def attempt() -> bool | None:
            query = f"/api/exams/?accession_number={exam.accession_number}"
            (row,) = self._hub.get(query, token=self._token)["results"]
            if row["milestones"]["arrived_at"]:
                return True
            request = urllib.request.Request(
                f"{self._hub.http}/api/exams/{row['id']}/arrive/",
                data=json.dumps({}).encode(),
                headers={
                    "Authorization": f"Bearer {self._token}",
                    "Content-Type": "application/json",
                },
                method="POST",
            )
            with urllib.request.urlopen(request, timeout=10) as response:
                return True if response.status < 300 else None

        exam.arrived = self._insist(attempt, f"arrival {exam.accession_number}")

    def _perform(self, exam: Promised) -> None:
        scanner = Modality(self._hub.dicom_port)
        step = new_uid()
        item = self._insist(lambda: self._item(scanner, exam), f"worklist {exam.accession_number}")
        exam.images = list(
            ct_series(
                self._images,
                StudyInstanceUID=exam.study_instance_uid,
                AccessionNumber=exam.accession_number,
                PatientID=item.PatientID,
                PatientName=item.PatientName,
                PatientBirthDate=item.PatientBirthDate,
                PatientSex=item.PatientSex,
            )
        )

        def start() -> bool | None:
            status = int(scanner.start_step(started(item), step).Status)
            return True if status in {SUCCESS, EXISTS_ALREADY} else None

        def end() -> bool | None:
            status = int(scanner.change_step(ended(exam.images), step).Status)
            return True if status in {SUCCESS, NO_LONGER_CHANGES} else None

        self._insist(start, f"N-CREATE {exam.accession_number}")
        for image in exam.images:
            self._insist(lambda image=image: self._store(scanner, image), "C-STORE")  # type: ignore[misc]
            exam.stored.append(str(image.SOPInstanceUID))
        exam.completed = self._insist(end, f"N-SET {exam.accession_number}")

    def _store(self, scanner: Modality, image: Dataset) -> bool | None:
        return True if scanner.store(image) == [SUCCESS] else None

    def _item(self, scanner: Modality, exam: Promised) -> Dataset | None:
        keys = Dataset()
        for name in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex"):
            setattr(keys, name, "")
        keys.StudyInstanceUID = keys.RequestedProcedureID = ""
        keys.AccessionNumber = exam.accession_number
        step = Dataset()
        step.ScheduledStationAETitle = step.Modality = step.ScheduledProcedureStepID = ""
        step.ScheduledProcedureStepStartDate = ""
        keys.ScheduledProcedureStepSequence = [step]
        status, items = scanner.worklist(keys)
        return items[0] if status == SUCCESS and len(items) == 1 else None
