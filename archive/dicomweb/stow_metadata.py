"""STOW-RS with metadata and bulk data apart (PS3.18 10.5.1): put together, then stored."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

from django.conf import settings

from archive.dicom.json_model import Json
from archive.dicom.json_reader import BulkReference, parse_metadata, read_dataset
from archive.dicom.part10_writer import EXPLICIT_LITTLE_ENDIAN, LongValue, Writer, part10
from archive.dicom.xml_model import MEDIA_TYPE as XML
from archive.dicom.xml_reader import parse_document
from archive.dicomweb.stow_body import ReceivedPart
from archive.dicomweb.stow_outcome import Outcome, refused
from archive.dicomweb.stow_pixels import of_part, pixel_value
from archive.dicomweb.stow_store import Store
from archive.storage.sink import HashedSink
from archive.store.rules import MissingIdentity
from archive.upper_layer.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from pacs_hub.kernel.errors import HubError, Malformed

logger = logging.getLogger(__name__)

METADATA_BYTES: Final = 64 * 1024 * 1024
INNER_BYTES: Final = 64 * 1024 * 1024
PIXEL_DATA: Final = 0x7FE00010
DOCUMENT: Final = 0x00420011
_BINARY: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})


class MissingBulkData(Malformed):
    """The metadata names bulk data that no part of the body holds."""

    code = "missing-bulk-data"


class MetadataTooLong(Malformed):
    """More metadata than is read at once."""

    code = "metadata-too-long"


class MetadataForm:
    """Metadata and bulk data of a request, kept until the last part is there."""

    def __init__(self, taker: Store) -> None:
        self._taker = taker
        self._items: list[Json] = []
        self._bulk: dict[str, list[ReceivedPart]] = {}
        self._read = 0

    @property
    def is_begun(self) -> bool:
        """Whether there is metadata that parts may belong to."""
        return bool(self._items)

    def add_metadata(self, part: ReceivedPart) -> Outcome | None:
        """Read a metadata part; an outcome is what is wrong with it."""
        assert part.sink is not None
        try:
            self._read += part.sink.size
            if self._read > METADATA_BYTES:
                raise MetadataTooLong(f"metadata longer than {METADATA_BYTES >> 20} MiB")
            content = part.sink.spool.path.read_bytes()
            is_xml = part.type.name == XML
            self._items += [parse_document(content)] if is_xml else parse_metadata(content)
        except HubError as error:
            return Outcome(error=error)
        finally:
            part.sink.discard()
        return None

    def add_bulk(self, part: ReceivedPart) -> bool:
        """Keep a bulk data part; False where there is no metadata that it could belong to."""
        if not self.is_begun or part.sink is None:
            return False
        part.sink.rest()
        self._bulk.setdefault(part.location, []).append(part)
        return True

    def outcomes(self) -> Iterator[Outcome]:
        """Store every object, in the order of the metadata."""
        for item in self._items:
            try:
                yield self._taker.take(self._written(item))
            except HubError as error:
                logger.info("dicomweb.object.refused", extra={"code": error.error_code})
                yield refused(item, error)

    def discard(self) -> None:
        """Forget the bulk data."""
        for parts in self._bulk.values():
            for part in parts:
                if part.sink is not None:
                    part.sink.discard()

    def _written(self, item: Json) -> HashedSink:
        """Return the object as a Part 10 file in a spool."""
        read = read_dataset(item, inner_bulk=self._inner)
        for keyword in ("SOPClassUID", "SOPInstanceUID"):
            if not read.dataset.get(keyword):
                raise MissingIdentity(f"{keyword} is missing", field=keyword)
        syntax, values = EXPLICIT_LITTLE_ENDIAN, dict[int, LongValue]()
        for tag, reference in read.bulk.items():
            parts = self._parts(reference.uri)
            if tag == PIXEL_DATA:
                syntax, values[tag] = pixel_value(parts, reference.vr, read.dataset)
            else:
                values[tag] = _plain(reference, parts)
            if tag == DOCUMENT and not read.dataset.get("MIMETypeOfEncapsulatedDocument"):
                read.dataset.MIMETypeOfEncapsulatedDocument = parts[0].type.name
        writer = Writer(
            ae_title=settings.HUB_AE_TITLE,
            implementation_class_uid=IMPLEMENTATION_CLASS_UID,
            implementation_version_name=IMPLEMENTATION_VERSION_NAME,
        )
        sink = self._taker.open_sink()
        try:
            for chunk in part10(
                read.dataset, transfer_syntax_uid=syntax, writer=writer, values=values
            ):
                sink.write(chunk)
            sink.finish()
        except BaseException:
            sink.discard()
            raise
        return sink

    def _parts(self, uri: str) -> list[ReceivedPart]:
        parts = self._bulk.get(uri)
        if parts is None:
            raise MissingBulkData("the metadata names bulk data that was not sent")
        return parts

    def _inner(self, uri: str) -> bytes:
        """Return bulk data inside a sequence; it is written with its item, so it must be small."""
        pieces = [of_part(part) for part in self._parts(uri)]
        if sum(piece.size for piece in pieces) > INNER_BYTES:
            raise MetadataTooLong("bulk data inside a sequence is too long")
        return b"".join(chunk for piece in pieces for chunk in piece.chunks)


def _plain(reference: BulkReference, parts: list[ReceivedPart]) -> LongValue:
    vr = reference.vr if reference.vr in _BINARY else "UN"
    return LongValue(vr=vr, pieces=[of_part(part) for part in parts])
