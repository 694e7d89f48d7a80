"""C-STORE: the data set goes into a file as it arrives, then into the archive (PS3.4 Annex B)."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from archive.dicom.file_meta import file_header
from archive.dicom.status_codes import Status
from archive.dimse.statuses import store_failure
from archive.storage.current import area
from archive.storage.sink import HashedSink
from archive.store.room import check_room
from archive.store.services import ReceivedObject, store_instance
from archive.upper_layer.messages import Caller, DataSink, Operation, Request, Response
from archive.upper_layer.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from pacs_hub.kernel.origin import Origin


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
    return HashedSink(area().spool(), header, check_room=check)


def _check_room(origin: Origin, size: int) -> None:
    check_room(area=area(), origin=origin, size=size)


def _origin(caller: Caller) -> Origin:
    return Origin.over_dimse(calling_ae=caller.calling_ae, address=caller.address)


def on_c_store(request: Request) -> Iterator[Response]:
    """Store the object; success means it is on disk and in the index."""
    sink = request.sink if isinstance(request.sink, HashedSink) else open_sink(request)
    assert isinstance(sink, HashedSink)
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
