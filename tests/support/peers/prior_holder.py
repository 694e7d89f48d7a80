"""Another archive that can be searched and asked to move, as pynetdicom plays it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydicom import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
)


@dataclass(kw_only=True)
class PriorHolder:
    """What it answers to any search; its moves fail."""

    answers: list[Dataset] = field(default_factory=list)
    find_status: int = 0x0000
    port: int = 0
    asked: list[Dataset] = field(default_factory=list)

    def find(self, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        """Answer a C-FIND."""
        identifier = event.identifier
        identifier.decode()
        self.asked.append(identifier)
        for answer in self.answers:
            yield 0xFF00, answer
        if self.find_status:
            yield self.find_status, None

    def move(self, event: Any) -> Iterator[Any]:
        """Refuse a C-MOVE."""
        identifier = event.identifier
        identifier.decode()
        self.asked.append(identifier)
        yield None, None  # 0xA801: it knows no such destination


@contextmanager
def prior_holder(**habits: Any) -> Iterator[PriorHolder]:
    """Run it on a free port, as OLDPACS."""
    holder = PriorHolder(**habits)
    ae = AE(ae_title="OLDPACS")
    ae.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    ae.add_supported_context(StudyRootQueryRetrieveInformationModelMove)
    handlers = [(evt.EVT_C_FIND, holder.find), (evt.EVT_C_MOVE, holder.move)]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    holder.port = int(server.server_address[1])
    try:
        yield holder
    finally:
        server.shutdown()


def answer(uid: str, patient_id: str = "P100", **over: Any) -> Dataset:
    """Return one study as a search finds it."""
    found = Dataset()
    found.QueryRetrieveLevel = "STUDY"
    found.PatientID, found.StudyInstanceUID = patient_id, uid
    found.StudyDate, found.ModalitiesInStudy = "20250105", "CT"
    for keyword, value in over.items():
        setattr(found, keyword, value)
    return found
