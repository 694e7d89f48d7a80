"""C-STORE: the data set goes into a file as it arrives, then into the archive (PS3.4 Annex B)."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from typing import Final

from archive.dicom.file_meta import file_header
from archive.dicom.status_codes import Status
from archive.dimse.statuses import store_failure
from archive.storage.area import Spool
from archive.storage.current import area
from archive.store.room import check_room
from archive.store.services import ReceivedObject, store_instance
from archive.upper_layer.messages import Caller, DataSink, Operation, Request, Response
from archive.upper_layer.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from pacs_hub.kernel.errors import Unavailable
from pacs_hub.kernel.origin import Origin

HEAD_BYTES: Final = 64 * 1024
LOOK_EVERY_BYTES: Final = 64 * 1024 * 1024


class SpoolSink:
    """A Part 10 file on its way in, its first bytes at hand, and the digest of all of them."""

    def __init__(self, spool: Spool, header: bytes, check_room: Callable[[int], None]) -> None:
        self.spool = spool
        self._check_room = check_room
        self._look_at = LOOK_EVERY_BYTES
        self.head = bytearray(header)
        self.size = len(header)
        self._is_at_hand = True  # nothing is in the file yet
        self._digest = hashlib.sha256()

    def write(self, data: memoryview) -> None:
        """Append a fragment as it came."""
        self.size += len(data)
        if self._is_at_hand:
            if self.size <= HEAD_BYTES:
                self.head += data
                return
            room = HEAD_BYTES - len(self.head)
            self.head += data[:room]
            self._flush()
            data = data[room:]
        if self.size >= self._look_at:
            self._look_at = self.size + LOOK_EVERY_BYTES
            self._check_room(self.size)
        self._append(data)

    def finish(self) -> None:
        """Put what is still at hand into the file.

        Raises:
            Unavailable: there is no room for it.
        """
        if self._is_at_hand:
            try:
                self._flush()
            except OSError as error:
                raise Unavailable("no room to receive", code="no-room") from error

    def discard(self) -> None:
        """Remove the file."""
        self.spool.discard()

    def sha256(self) -> str:
        """Return the digest of the whole file."""
        return self._digest.hexdigest()

    def _flush(self) -> None:
        self._is_at_hand = False
        self._append(memoryview(self.head))

    def _append(self, data: memoryview) -> None:
        written = self.spool.file.write(data)
        while written < len(data):  # an unbuffered file may take less
            written += self.spool.file.write(data[written:])
        self._digest.update(data)


def open_sink(request: Request) -> DataSink:
    """Open the file of the object announced by the command (PS3.10 7.1).

    Raises:
        Unavailable: the disk is full or away, or a quota is reached.
    """
    check = functools.partial(_check_room, _origin(request.caller))
    check(0)
    header = file_header(
        sop_class_uid=request.command.sop_class_uid,
        sop_instance_uid=request.command.sop_instance_uid,
        transfer_syntax_uid=request.transfer_syntax,
        source_ae_title=request.caller.calling_ae,
        receiving_ae_title=request.caller.called_ae,
        implementation_class_uid=IMPLEMENTATION_CLASS_UID,
        implementation_version_name=IMPLEMENTATION_VERSION_NAME,
    )
    return SpoolSink(area().spool(), header, check)


def _check_room(origin: Origin, size: int) -> None:
    check_room(area=area(), origin=origin, size=size)


def _origin(caller: Caller) -> Origin:
    return Origin.over_dimse(calling_ae=caller.calling_ae, address=caller.address)


def on_c_store(request: Request) -> Iterator[Response]:
    """Store the object; success means it is on disk and in the index."""
    sink = request.sink if isinstance(request.sink, SpoolSink) else open_sink(request)
    assert isinstance(sink, SpoolSink)
    caller = request.caller
    try:
        sink.finish()
        store_instance(
            received=ReceivedObject(
                spool=sink.spool,
                transfer_syntax_uid=request.transfer_syntax,
                sop_class_uid=request.command.sop_class_uid,
                sop_instance_uid=request.command.sop_instance_uid,
                sha256=sink.sha256(),
                size=sink.size,
                head=sink.head,
            ),
            area=area(),
            origin=_origin(caller),
            default_issuer=caller.default_issuer,
        )
    finally:
        sink.discard()
    yield Response(status=Status.SUCCESS)


C_STORE = Operation(perform=on_c_store, failure=store_failure, open_sink=open_sink)
