"""The one way an object leaves: corrected where that is needed, in a syntax the receiver takes."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, Final

from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from archive.corrections.application import Edited, edits_of
from archive.corrections.queries import overlay_of
from archive.corrections.rules import Overlay
from archive.dicom.elements import BrokenElements, Encoding, data_set_start
from archive.dicom.rewriting import DataSet, converted, corrected, look_at
from archive.dicom.segments import Piece, Segment, length_of, read
from archive.retrieve.pixels import (
    NATIVE,
    NoPixelData,
    PixelDataBroken,
    inflated,
    locate,
    scratch,
    with_syntax,
)
from archive.retrieve.streaming import size_of
from archive.retrieve.transcoding import (
    ENCODED,
    CannotDecode,
    CannotTranscode,
    edits_into,
    encoding_for,
)
from archive.storage.area import StorageArea
from archive.store.models import Instance
from pacs_hub.kernel.errors import HubError

__all__ = ["CannotTranscode", "Leaving", "leave"]

_DEFLATED: Final = DeflatedExplicitVRLittleEndian


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """An object on its way out: read once, by `part10` or by `data_set`, in blocks.

    Reading to the end closes it, and so does `close` or leaving a `with` block. `length` is
    that of the Part 10 form in bytes; None where it is known only when all was read.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    length: int | None
    meta: Segment
    body: Sequence[Segment]
    deflates: bool = False
    files: ExitStack = field(default_factory=ExitStack)

    def part10(self) -> Iterator[bytes]:
        """Yield the whole file (PS3.10 7): preamble, File Meta Information, data set."""
        with self.files:
            if self.deflates:
                yield from read([self.meta])
                yield from _deflated(read(self.body))
            else:
                yield from read([self.meta, *self.body])

    def data_set(self) -> Iterator[bytes]:
        """Yield the data set alone, as a DIMSE message carries it (PS3.7 6.3.1)."""
        with self.files:
            yield from _deflated(read(self.body)) if self.deflates else read(self.body)

    def close(self) -> None:
        """Let go of the files behind it; safe to call again."""
        self.files.close()

    def __enter__(self) -> Leaving:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def leave(
    row: Instance,
    *,
    area: StorageArea,
    accepted: Sequence[str] | None = None,
    overlay: bool = True,
) -> Leaving:
    """Return the object ready to be sent; the caller reads it to the end or closes it.

    `accepted` are the transfer syntaxes the receiver takes, in its order of preference; None
    stands for "as stored", and what is stored in one of them is never put into another. With
    `overlay` the corrections of its study are made. `row` comes with its study.

    Raises:
        CannotTranscode: it cannot be put into any of the accepted syntaxes.
        BrokenElements: its header has to be corrected and does not add up.
        Unknown: the object is gone from the storage area.
        Unavailable: the storage area cannot be reached now.
    """
    changes = overlay_of(row.study) if overlay else None
    as_stored = accepted is None or row.transfer_syntax_uid in accepted
    with ExitStack() as files:
        file = files.enter_context(area.open(row.storage_key))
        made = None
        if changes is not None or not as_stored:
            departure = _Departure(row=row, file=file, changes=changes, files=files)
            made = departure.corrected() if as_stored else departure.transcoded(accepted or ())
        start, size = data_set_start(file), size_of(file)
        meta: Segment = Piece(file, 0, start)
        body: Sequence[Segment] = [Piece(file, start, size - start)]
        syntax = row.transfer_syntax_uid
        if made is not None:
            body, syntax = made
        if syntax != row.transfer_syntax_uid:
            meta = with_syntax(file, syntax)
        deflates = made is not None and syntax == _DEFLATED
        return Leaving(
            sop_class_uid=row.sop_class_uid,
            sop_instance_uid=row.sop_instance_uid,
            transfer_syntax_uid=syntax,
            length=None if deflates else length_of([meta, *body]),
            meta=meta,
            body=body,
            deflates=deflates,
            files=files.pop_all(),
        )


@dataclass(frozen=True, kw_only=True)
class _Departure:
    """An object that leaves otherwise than it is stored."""

    row: Instance
    file: BinaryIO
    changes: Overlay | None
    files: ExitStack

    def corrected(self) -> tuple[Sequence[Segment], str] | None:
        """Return the data set with the overlay over it; None where that changes nothing."""
        source, _ = self._opened()
        edited = self._overlay(source, source.encoding)
        if edited is None:
            return None
        body = corrected(source, edited.edits, utf8=edited.utf8)
        return body, self.row.transfer_syntax_uid

    def transcoded(self, accepted: Sequence[str]) -> tuple[Sequence[Segment], str]:
        """Return the data set in the first accepted syntax that is possible.

        Raises:
            CannotTranscode: none is.
        """
        failure: HubError | None = None
        try:
            source, syntax = self._opened()
        except BrokenElements as error:
            raise CannotTranscode("the object is broken") from error
        for target in accepted:
            if target not in NATIVE | ENCODED:
                continue
            try:
                return self._into(target, source, syntax), target
            except (BrokenElements, CannotDecode, CannotTranscode, PixelDataBroken) as error:
                failure = error
        raise CannotTranscode(
            "the object cannot be put into an accepted transfer syntax"
        ) from failure

    def _into(self, target: str, source: DataSet, syntax: str) -> Sequence[Segment]:
        encoding = encoding_for(target)
        try:
            pixels = locate(source.file, transfer_syntax_uid=syntax)
            scrap = self.files.enter_context(scratch())
            edits = edits_into(target, pixels=pixels, scratch=scrap)
        except NoPixelData:
            if target not in NATIVE:
                raise CannotTranscode("there are no pixels to compress") from None
            edits = {}
        edited = self._overlay(source, encoding) or Edited(edits={})
        return converted(source, {**edits, **edited.edits}, encoding=encoding, utf8=edited.utf8)

    def _opened(self) -> tuple[DataSet, str]:
        """Return the data set, inflated where it was deflated, and its syntax then."""
        file, syntax = self.file, self.row.transfer_syntax_uid
        if syntax == _DEFLATED:
            file, syntax = self.files.enter_context(inflated(file)), ExplicitVRLittleEndian
        start = data_set_start(file)
        return look_at(file, start=start, stop=size_of(file), transfer_syntax_uid=syntax), syntax

    def _overlay(self, source: DataSet, encoding: Encoding) -> Edited | None:
        if self.changes is None:
            return None
        return edits_of(
            source, self.changes, encoding=encoding, previous_source=self.row.calling_ae
        )


def _deflated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Deflate a data set as it passes (PS3.5 A.5)."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    length = 0
    for block in blocks:
        data = deflater.compress(block)
        length += len(data)
        if data:
            yield data
    data = deflater.flush()
    length += len(data)
    yield data + b"\0" * (length % 2)
