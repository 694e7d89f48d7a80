"""The one way an object leaves: as it was received, or in a syntax the receiver takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

from archive.dicom.elements import data_set_start
from archive.retrieve.streaming import blocks, size_of
from archive.storage.area import StorageArea
from archive.store.models import Instance
from pacs_hub.kernel.errors import Conflict


class CannotTranscode(Conflict):
    """The object cannot be put into any transfer syntax that the receiver takes."""

    code = "cannot-transcode"


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
    file: BinaryIO

    def part10(self) -> Iterator[bytes]:
        """Yield the whole file (PS3.10 7): preamble, File Meta Information, data set."""
        return blocks(self.file)

    def data_set(self) -> Iterator[bytes]:
        """Yield the data set alone, as a DIMSE message carries it (PS3.7 6.3.1)."""
        return blocks(self.file, start=data_set_start(self.file))

    def close(self) -> None:
        """Let go of the files behind it; safe to call again."""
        self.file.close()

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
    stands for "as stored". `row` comes with its study, series and patient.

    Raises:
        CannotTranscode: it cannot be put into any of the accepted syntaxes.
        Unknown: the object is gone from the storage area.
        Unavailable: the storage area cannot be reached now.
    """
    if accepted is not None and row.transfer_syntax_uid not in accepted:
        raise CannotTranscode("the object cannot be put into an accepted transfer syntax")
    file = area.open(row.storage_key)
    return Leaving(
        sop_class_uid=row.sop_class_uid,
        sop_instance_uid=row.sop_instance_uid,
        transfer_syntax_uid=row.transfer_syntax_uid,
        length=size_of(file),
        file=file,
    )
