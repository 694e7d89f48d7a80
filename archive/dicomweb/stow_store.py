"""One object of a STOW-RS request, from its spool into the archive."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from pydicom.uid import ImplicitVRLittleEndian

from archive.dicom import quick_header
from archive.dicom.meta_reader import transfer_syntax_of
from archive.dicom.part10 import NotDicom, Truncated, read_header
from archive.dicomweb.stow_outcome import Outcome
from archive.storage.area import StorageArea
from archive.storage.sink import HashedSink
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

    def take(self, sink: HashedSink) -> Outcome:
        """Store the Part 10 file in the sink, and say what became of it."""
        named = _named(sink.spool.path)
        try:
            if self.study and named.study_instance_uid not in {self.study, ""}:
                raise OtherStudy("an object belongs to another study than the request names")
            stored = store_instance(
                received=ReceivedObject(
                    spool=sink.spool,
                    transfer_syntax_uid=_transfer_syntax(sink),
                    sha256=sink.sha256(),
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


def _named(path: Path) -> Outcome:
    """Return which object it says it is; empty where that cannot be read."""
    try:
        header = quick_header.read_values(path) or read_header(path)
    except (NotDicom, Truncated):
        return Outcome()

    def uid(keyword: str) -> str:
        return str(header.get(keyword) or "").strip(" \0")[:64]

    return Outcome(
        study_instance_uid=uid("StudyInstanceUID"),
        series_instance_uid=uid("SeriesInstanceUID"),
        sop_class_uid=uid("SOPClassUID"),
        sop_instance_uid=uid("SOPInstanceUID"),
    )
