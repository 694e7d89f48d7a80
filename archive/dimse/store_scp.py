"""C-STORE: the data set goes into a file as it arrives, then into the archive (PS3.4 Annex B)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from archive.dicom.file_meta import file_header
from archive.dicom.status_codes import Status
from archive.dimse.statuses import store_failure
from archive.storage.area import Spool
from archive.storage.current import area
from archive.store.services import ReceivedObject, store_instance
from archive.upper_layer.messages import DataSink, Operation, Request, Response
from archive.upper_layer.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from pacs_hub.kernel.origin import Origin


class SpoolSink:
    """A Part 10 file on its way in, and the digest of its bytes."""

    def __init__(self, spool: Spool, header: bytes) -> None:
        self.spool = spool
        self._digest = hashlib.sha256()
        self.write(memoryview(header))

    def write(self, data: memoryview) -> None:
        """Append a fragment as it came."""
        written = self.spool.file.write(data)
        while written < len(data):  # an unbuffered file may take less
            written += self.spool.file.write(data[written:])
        self._digest.update(data)

    def discard(self) -> None:
        """Remove the file."""
        self.spool.discard()

    def sha256(self) -> str:
        """Return the digest of the whole file."""
        return self._digest.hexdigest()


def open_sink(request: Request) -> DataSink:
    """Open the file of the object announced by the command (PS3.10 7.1).

    Raises:
        Unavailable: the disk is full or away.
    """
    header = file_header(
        sop_class_uid=request.command.sop_class_uid,
        sop_instance_uid=request.command.sop_instance_uid,
        transfer_syntax_uid=request.transfer_syntax,
        source_ae_title=request.caller.calling_ae,
        receiving_ae_title=request.caller.called_ae,
        implementation_class_uid=IMPLEMENTATION_CLASS_UID,
        implementation_version_name=IMPLEMENTATION_VERSION_NAME,
    )
    return SpoolSink(area().spool(), header)


def on_c_store(request: Request) -> Iterator[Response]:
    """Store the object; success means it is on disk and in the index."""
    sink = request.sink if isinstance(request.sink, SpoolSink) else open_sink(request)
    assert isinstance(sink, SpoolSink)
    caller = request.caller
    try:
        store_instance(
            received=ReceivedObject(
                spool=sink.spool,
                transfer_syntax_uid=request.transfer_syntax,
                sop_class_uid=request.command.sop_class_uid,
                sop_instance_uid=request.command.sop_instance_uid,
                sha256=sink.sha256(),
            ),
            area=area(),
            origin=Origin.over_dimse(calling_ae=caller.calling_ae, address=caller.address),
            default_issuer=caller.default_issuer,
        )
    finally:
        sink.discard()
    yield Response(status=Status.SUCCESS)


C_STORE = Operation(perform=on_c_store, failure=store_failure, open_sink=open_sink)
