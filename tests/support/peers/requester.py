"""A modality that wants its images committed, as pynetdicom plays it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import StorageCommitmentPushModel, StorageCommitmentPushModelInstance

from tests.support.datasets import new_uid
from tests.support.peers.modality import undisturbed


@dataclass
class Reports:
    """The event reports that came in, and how they are answered."""

    status: int = 0x0000
    received: list[tuple[int, Dataset]] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)

    def take(self, event: Any) -> tuple[int, None]:
        """Take one N-EVENT-REPORT."""
        information = event.event_information
        information.decode()
        self.received.append((event.event_type, information))
        self.came.set()
        return self.status, None


def wish(*objects: Dataset, transaction_uid: str = "") -> Dataset:
    """Return the Action Information for these objects."""
    action = Dataset()
    action.TransactionUID = transaction_uid or new_uid()
    action.ReferencedSOPSequence = [named(ds.SOPClassUID, ds.SOPInstanceUID) for ds in objects]
    return action


def named(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    """Return the item that names one object."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class_uid, sop_instance_uid
    return item


def request(
    port: int,
    action: Dataset,
    *,
    reports: Reports | None = None,
    action_type: int = 1,
    instance: str = StorageCommitmentPushModelInstance,
    linger: float = 0.0,
) -> int:
    """Send an N-ACTION; the association stays open for `linger` seconds, or until a report."""
    ae = AE(ae_title="CT1")
    ae.add_requested_context(StorageCommitmentPushModel, [ExplicitVRLittleEndian])
    reports = reports or Reports()
    association = ae.associate(
        "127.0.0.1",
        port,
        ae_title="PACSHUB",
        evt_handlers=[(evt.EVT_N_EVENT_REPORT, reports.take)],
    )
    assert association.is_established
    try:
        with undisturbed(association):
            status, _ = association.send_n_action(
                action, action_type, StorageCommitmentPushModel, instance
            )
        if linger:
            reports.came.wait(linger)
        return int(status.Status)
    finally:
        association.release()


@contextmanager
def listening(reports: Reports, *, roles: bool = True) -> Iterator[int]:
    """Take event reports on a port of its own; yields the port."""
    ae = AE(ae_title="CT1")
    supported = ae.add_supported_context
    if roles:
        supported(StorageCommitmentPushModel, scu_role=False, scp_role=True)
    else:
        supported(StorageCommitmentPushModel)
    server = ae.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, reports.take)]
    )
    assert server is not None
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def failures(report: Dataset) -> dict[str, int]:
    """Return the reason of each object that is not committed."""
    items: Iterable[Dataset] = report.get("FailedSOPSequence") or ()
    return {str(item.ReferencedSOPInstanceUID): int(item.FailureReason) for item in items}
