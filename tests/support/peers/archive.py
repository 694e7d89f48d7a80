"""Another archive: a pynetdicom storage SCP that writes down what it gets, and misbehaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage


@dataclass(frozen=True, kw_only=True)
class Received:
    """One object as it came: the bytes of its data set, and what the command said."""

    sop_instance_uid: str
    transfer_syntax: str
    data_set: bytes
    originator: str
    originator_message_id: int


def received_from(event: evt.Event) -> Received:
    """Return what a pynetdicom C-STORE handler was given, its data set unread."""
    asked = event.request
    return Received(
        sop_instance_uid=str(asked.AffectedSOPInstanceUID),
        transfer_syntax=str(event.context.transfer_syntax),
        data_set=asked.DataSet.getvalue(),
        originator=str(asked.MoveOriginatorApplicationEntityTitle or ""),
        originator_message_id=int(asked.MoveOriginatorMessageID or 0),
    )


@dataclass(kw_only=True)
class OtherArchive:
    """What it got; `statuses` are given out one by one, then success; "abort" breaks off."""

    port: int = 0
    ae_title: str = "OTHER"
    received: list[Received] = field(default_factory=list)
    statuses: list[int | str] = field(default_factory=list)
    associations: int = 0
    pause: threading.Event = field(default_factory=threading.Event)
    slow: float = 0.0

    @property
    def uids(self) -> list[str]:
        """Return the SOP Instance UIDs in the order they came."""
        return [one.sop_instance_uid for one in self.received]


@contextmanager
def other_archive(
    takes: Mapping[str, Sequence[str]] | None = None,
    *,
    ae_title: str = "OTHER",
    max_pdu: int = 16_384,
    **habits: object,
) -> Iterator[OtherArchive]:
    """Run it on a free port; `takes` are the transfer syntaxes by SOP class."""
    other = OtherArchive(ae_title=ae_title, **habits)  # type: ignore[arg-type]
    ae = AE(ae_title=ae_title)
    ae.maximum_pdu_size = max_pdu
    ae.require_called_aet = True
    for uid, syntaxes in (takes or {CTImageStorage: (ExplicitVRLittleEndian,)}).items():
        ae.add_supported_context(uid, list(syntaxes))

    def on_store(event: evt.Event) -> int:
        status = other.statuses.pop(0) if other.statuses else 0
        other.pause.wait(other.slow)
        if status == "abort":
            event.assoc.abort()
            return 0xC000
        if status == 0:
            other.received.append(received_from(event))
        return int(status)

    def on_association(_: evt.Event) -> None:
        other.associations += 1

    handlers = [(evt.EVT_C_STORE, on_store), (evt.EVT_ACCEPTED, on_association)]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    other.port = int(server.server_address[1])
    try:
        yield other
    finally:
        other.pause.set()
        server.shutdown()
