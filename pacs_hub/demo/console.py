"""The DICOM side of a modality: worklist, performed step, images; one association per errand."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStep,
    ModalityWorklistInformationFind,
)

from pacs_hub.demo import worklist_item
from pacs_hub.demo.doors import Doors
from pacs_hub.demo.worklist_item import WorklistItem

logger = logging.getLogger(__name__)

PDU_BYTES: Final = 1 << 18
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"


class HubSaidNo(Exception):
    """The hub refused an association or an operation, or was away."""


class Console:
    """One application entity that calls the hub."""

    def __init__(self, *, ae_title: str, doors: Doors) -> None:
        self.ae_title = ae_title
        self._doors = doors

    def worklist(self, *, day: datetime) -> list[WorklistItem]:
        """Return the steps of this station on that day.

        Raises:
            HubSaidNo: the query was not answered.
        """
        found = []
        with self._associated([ModalityWorklistInformationFind]) as association:
            asked = worklist_item.query(station_ae_title=self.ae_title, day=day)
            for status, answer in association.send_c_find(asked, ModalityWorklistInformationFind):
                _check(status, allowed=(0x0000, 0xFF00, 0xFF01))
                if answer is not None:
                    found.append(worklist_item.read(answer, zone=self._doors.zone))
        return found

    def start_step(self, *, uid: str, attributes: Dataset) -> None:
        """Send N-CREATE.

        Raises:
            HubSaidNo: it was refused.
        """
        with self._associated([ModalityPerformedProcedureStep]) as association:
            status, _ = association.send_n_create(attributes, ModalityPerformedProcedureStep, uid)
            _check(status)

    def change_step(self, *, uid: str, attributes: Dataset) -> None:
        """Send N-SET.

        Raises:
            HubSaidNo: it was refused.
        """
        with self._associated([ModalityPerformedProcedureStep]) as association:
            status, _ = association.send_n_set(attributes, ModalityPerformedProcedureStep, uid)
            _check(status)

    def store(self, images: Iterable[Dataset], *, sop_class: str) -> list[tuple[str, str]]:
        """Send images of one class; return what the hub has now, as (class, instance).

        Raises:
            HubSaidNo: one was not taken.
        """
        sent = []
        with self._associated([sop_class]) as association:
            for image in images:
                _check(association.send_c_store(image))
                sent.append((str(image.SOPClassUID), str(image.SOPInstanceUID)))
        return sent

    def knock(self) -> bool:
        """Ask for an association and go away again; say whether the hub let us in."""
        try:
            with self._associated([ModalityWorklistInformationFind]):
                return True
        except HubSaidNo:
            return False

    @contextmanager
    def _associated(self, classes: list[str]) -> Iterator[Association]:
        entity = AE(ae_title=self.ae_title)
        entity.acse_timeout = entity.network_timeout = 20
        entity.dimse_timeout = 30
        for uid in classes:
            entity.add_requested_context(uid, EXPLICIT_LITTLE)
        handlers: list[tuple[Any, Callable[[evt.Event], None]]] = [(evt.EVT_CONN_OPEN, _no_delay)]
        association = entity.associate(
            self._doors.host,
            self._doors.dicom_port,
            ae_title=self._doors.ae_title,
            max_pdu=PDU_BYTES,
            evt_handlers=handlers,
        )
        if not association.is_established:
            raise HubSaidNo("no association")
        try:
            yield association
        finally:
            if association.is_established:
                association.release()


def _no_delay(event: evt.Event) -> None:
    """Small PDUs must not wait for the acknowledgement of the one before (RFC 896)."""
    transport = event.assoc.dul.socket
    if transport is not None and transport.socket is not None:
        transport.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _check(status: Dataset, *, allowed: tuple[int, ...] = (0x0000,)) -> None:
    code = status.get("Status")
    if code not in allowed and not (isinstance(code, int) and code & 0xF000 == 0xB000):
        raise HubSaidNo(f"status {code:#06x}" if isinstance(code, int) else "no answer")
