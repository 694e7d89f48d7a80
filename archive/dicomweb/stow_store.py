"""One object of a STOW-RS request, from its spool into the archive."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pydicom.uid import ImplicitVRLittleEndian

from archive.dicom import quick_header
from archive.dicom.meta_reader import transfer_syntax_of
from archive.dicom.part10 import UNREADABLE, NotDicom, Truncated, read_header
from archive.dicomweb.stow_outcome import Outcome
from archive.storage.area import StorageArea
from archive.storage.sink import HashedSink
from archive.store.room import check_room
from archive.store.services import ReceivedObject, store_instance
from pacs_hub.kernel.errors import HubError, Malformed
from pacs_hub.kernel.origin import Origin

logger = logging.getLogger(__name__)


class OtherStudy(Malformed):
    """The object belongs to another study than the one the request names."""

    code = "other-study"


@dataclass(frozen=True, kw_only=True)
class Store:
    """What all objects of a request have in common; `study` is "" where the path names none."""

    area: StorageArea
    origin: Origin
    default_issuer: str
    study: str = ""

    def open_sink(self) -> HashedSink:
        """Open the file of one part.

        Raises:
            Unavailable: the disk is full or away, or a quota is reached.
        """
        self._check_room(0)
        return HashedSink(self.area.spool(), check_room=self._check_room)

    def _check_room(self, size: int) -> None:
        check_room(area=self.area, origin=self.origin, size=size)

    def take(self, sink: HashedSink) -> Outcome:
        """Store the Part 10 file in the sink, which is finished, and say what became of it."""
        named = _named(sink)
        try:
            if self.study and named.study_instance_uid not in {self.study, ""}:
                raise OtherStudy("an object belongs to another study than the request names")
            stored = store_instance(
                received=ReceivedObject(
                    spool=sink.spool,
                    transfer_syntax_uid=_transfer_syntax(sink),
                    sha256=sink.sha256(),
                    size=sink.size,
                    head=sink.head,
                ),
                area=self.area,
                origin=self.origin,
                default_issuer=self.default_issuer,
            )
        except HubError as error:
            logger.info("dicomweb.object.refused", extra={"code": error.error_code})
            return Outcome(**named.__dict__ | {"error": error})
        finally:
            sink.discard()
        return Outcome(
            study_instance_uid=stored.study_instance_uid,
            series_instance_uid=stored.series_instance_uid,
            sop_class_uid=stored.sop_class_uid,
            sop_instance_uid=stored.sop_instance_uid,
        )


def _transfer_syntax(sink: HashedSink) -> str:
    """Return the syntax the file names, else the default one of DICOM (PS3.5 10.1).

    What is no DICOM at all is for `store_instance` to say, which keeps such bytes aside.
    """
    try:
        return transfer_syntax_of(sink.spool.file)
    except NotDicom:
        return ImplicitVRLittleEndian


def _named(sink: HashedSink) -> Outcome:
    """Return which object it says it is; empty where that cannot be read."""
    path = sink.spool.path
    try:
        quick = quick_header.read_values(path, head=sink.head, size=sink.size)
        header = quick or read_header(path)
    except (NotDicom, Truncated):
        return Outcome()

    def uid(keyword: str) -> str:
        try:
            return str(header.get(keyword) or "").strip(" \0")[:64]
        except UNREADABLE:  # a damaged element of a header that is otherwise one
            return ""

    return Outcome(
        study_instance_uid=uid("StudyInstanceUID"),
        series_instance_uid=uid("SeriesInstanceUID"),
        sop_class_uid=uid("SOPClassUID"),
        sop_instance_uid=uid("SOPInstanceUID"),
    )
