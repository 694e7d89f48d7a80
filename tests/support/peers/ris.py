"""A RIS that takes Instance Availability Notifications, as pynetdicom plays it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydicom import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import InstanceAvailabilityNotification


@dataclass
class Notices:
    """The notifications that came in, and how they are answered."""

    status: int = 0x0000
    received: list[Dataset] = field(default_factory=list)

    def take(self, event: Any) -> tuple[int, Dataset | None]:
        """Take one N-CREATE."""
        attributes = event.attribute_list
        attributes.decode()
        self.received.append(attributes)
        return self.status, None if self.status else attributes


@contextmanager
def ris(notices: Notices) -> Iterator[int]:
    """Listen on a port; yields it."""
    ae = AE(ae_title="RIS")
    ae.add_supported_context(InstanceAvailabilityNotification)
    server = ae.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_CREATE, notices.take)]
    )
    assert server is not None
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
