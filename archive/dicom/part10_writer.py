"""A Part 10 file written piece by piece, its long values from elsewhere (PS3.10 7, PS3.5 7, A.4).

Always explicit VR, little endian; pixel data is native or encapsulated as the syntax says. Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydicom import Dataset

from archive.dicom.encoding import encode
from archive.dicom.file_meta import file_header
from pacs_hub.kernel.errors import Malformed

EXPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
LONGEST_VALUE: Final = 0xFFFFFFFE
_UNWRITABLE: Final = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OverflowError,
    struct.error,
)
"""What pydicom raises on values it cannot write."""

_UNDEFINED: Final = 0xFFFFFFFF
_ITEM, _SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"


class ValueTooLong(Malformed):
    """A value longer than a length field can say."""

    code = "value-too-long"


class CannotEncode(Malformed):
    """A value that its VR has no encoding for."""

    code = "cannot-encode"


@dataclass(frozen=True)
class Bytes:
    """So many bytes, read once, when their turn comes."""

    size: int
    chunks: Iterable[bytes]


@dataclass(frozen=True, kw_only=True)
class LongValue:
    """The value of an OB or OW element: one piece, or the fragments of encapsulated frames."""

    vr: str
    pieces: Sequence[Bytes]
    is_encapsulated: bool = False


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Who writes: our AE title and implementation (PS3.10 7.1)."""

    ae_title: str
    implementation_class_uid: str
    implementation_version_name: str


def part10(
    dataset: Dataset,
    *,
    transfer_syntax_uid: str,
    writer: Writer,
    values: Mapping[int, LongValue] | None = None,
) -> Iterator[bytes]:
    """Yield the file; `values` are top-level elements that the dataset does not hold itself.

    Raises:
        ValueTooLong: before the value is written.
        CannotEncode: a value of the dataset does not fit its VR.
        KeyError: the dataset names no SOP class or instance.
    """
    yield file_header(
        sop_class_uid=str(dataset["SOPClassUID"].value),
        sop_instance_uid=str(dataset["SOPInstanceUID"].value),
        transfer_syntax_uid=transfer_syntax_uid,
        source_ae_title=writer.ae_title,
        receiving_ae_title=writer.ae_title,
        implementation_class_uid=writer.implementation_class_uid,
        implementation_version_name=writer.implementation_version_name,
    )
    waiting = sorted((values or {}).items())
    part = Dataset()
    for tag in sorted(dataset.keys()):
        while waiting and waiting[0][0] < tag:
            yield _encoded(part)
            part = Dataset()
            yield from _long_value(*waiting.pop(0))
        part[tag] = dataset[tag]
    yield _encoded(part)
    for number, value in waiting:
        yield from _long_value(number, value)


def _encoded(part: Dataset) -> bytes:
    try:
        return encode(part, transfer_syntax=EXPLICIT_LITTLE_ENDIAN)
    except _UNWRITABLE as error:
        raise CannotEncode("a value does not fit its value representation") from error


def _long_value(tag: int, value: LongValue) -> Iterator[bytes]:
    sizes = [piece.size for piece in value.pieces]
    if max(sizes, default=0) > LONGEST_VALUE or (
        not value.is_encapsulated and sum(sizes) > LONGEST_VALUE
    ):
        raise ValueTooLong("a value is longer than 4 GiB")
    head = struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, value.vr.encode("ascii"), 0)
    if not value.is_encapsulated:
        size = sum(sizes)
        yield head + struct.pack("<I", size + size % 2)
        for piece in value.pieces:
            yield from piece.chunks
        yield b"\0" * (size % 2)
        return
    yield head + struct.pack("<I", _UNDEFINED)
    yield _ITEM + struct.pack("<I", 0)  # an empty Basic Offset Table
    for piece in value.pieces:
        yield _ITEM + struct.pack("<I", piece.size + piece.size % 2)
        yield from piece.chunks
        yield b"\0" * (piece.size % 2)
    yield _SEQUENCE_END
