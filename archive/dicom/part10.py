"""Read the header of a Part 10 file (PS3.10 7), leaving its pixel data on disk; pure."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, Final

import pydicom
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from archive.dicom.elements import BrokenElements, data_set_start
from archive.dicom.inflating import inflated_head
from pacs_hub.kernel.errors import Malformed

DEFER_BYTES: Final = 64 * 1024
TAIL_BYTES: Final = 64 * 1024
MOST_META_BYTES: Final = 1024 * 1024
UNDEFINED_LENGTH: Final = 0xFFFFFFFF
SEQUENCE_DELIMITER: Final = b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"

PIXEL_DATA: Final = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})

UNREADABLE: Final = (
    InvalidDicomError,
    BytesLengthException,
    EOFError,
    ValueError,
    KeyError,
    AttributeError,
    TypeError,
    NotImplementedError,
    OSError,
    IndexError,
    OverflowError,
    RecursionError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What pydicom raises on bytes that are not DICOM, or deep or long beyond reason."""


class NotDicom(Malformed):
    """The bytes are not a DICOM object."""

    code = "not-dicom"


class Truncated(Malformed):
    """The object ends before it is complete."""

    code = "truncated"


def read_header(path: Path) -> Dataset:
    """Read a Part 10 file up to its pixel data, which stays on disk.

    Raises:
        NotDicom: it cannot be read as DICOM.
        Truncated: it ends in the middle of an element.
        InflatesTooFar: it is deflated, and too long.
    """
    try:
        with path.open("rb") as file:
            return read_open_header(file)
    except OSError as error:
        raise NotDicom("the bytes are not a DICOM object") from error


def read_open_header(file: BinaryIO) -> Dataset:
    """Read an open Part 10 file up to its pixel data; raises as `read_header` does."""
    try:
        meta, start = _file_meta(file)
        if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
            file.seek(start)
            return _read_deflated(meta, file)
        file.seek(0)
        header = pydicom.dcmread(file, stop_before_pixels=True, defer_size=DEFER_BYTES)
        stopped_at = file.tell()
        _check_complete(header, file, stopped_at, size=file.seek(0, io.SEEK_END))
        return header
    except (*UNREADABLE, BrokenElements) as error:
        raise NotDicom("the bytes are not a DICOM object") from error


def _file_meta(file: BinaryIO) -> tuple[FileMetaDataset, int]:
    """Return the File Meta Information, and where the data set starts.

    Raises:
        NotDicom: it is longer than any.
    """
    start = data_set_start(file)
    if start > MOST_META_BYTES:
        raise NotDicom("the File Meta Information is too long")
    file.seek(132)
    elements = io.BytesIO(file.read(start - 132))
    return FileMetaDataset(
        read_dataset(elements, is_implicit_VR=False, is_little_endian=True)
    ), start


def _read_deflated(meta: FileMetaDataset, file: BinaryIO) -> Dataset:
    """Read the header of a deflated data set (PS3.5 A.5), of which little is inflated."""
    head, size = inflated_head(file)
    plain = io.BytesIO(head)
    header = read_dataset(
        plain, is_implicit_VR=False, is_little_endian=True, stop_when=_is_pixel_data
    )
    header.file_meta = meta
    header.set_original_encoding(is_implicit_vr=False, is_little_endian=True)
    _check_complete(header, plain, plain.tell(), size=size)
    return header


def _is_pixel_data(tag: BaseTag, vr: str | None, length: int) -> bool:  # noqa: ARG001 - pydicom's
    return tag in PIXEL_DATA


def _check_complete(header: Dataset, file: BinaryIO, stopped_at: int, *, size: int) -> None:
    """Compare what the last element announces with what is there."""
    if stopped_at < size:
        file.seek(stopped_at)
        end = _end_of_element(file.read(12), stopped_at, header)
        if end is None:
            file.seek(max(stopped_at, size - TAIL_BYTES))
            complete = SEQUENCE_DELIMITER in file.read()
        else:
            complete = end <= size
    else:
        last = header.get_item(list(header.keys())[-1]) if len(header) else None
        announced = getattr(last, "length", 0)
        value = getattr(last, "value", None)
        complete = not isinstance(value, bytes) or announced in {len(value), UNDEFINED_LENGTH}
    if not complete:
        raise Truncated("the object ends in the middle of an element")


def _end_of_element(element: bytes, start: int, header: Dataset) -> int | None:
    """Return where the element that starts at `start` ends; None for an undefined length.

    PS3.5 7.1: pixel data has 12 bytes before its value with explicit VR, 8 with implicit.
    """
    order = "<" if header.original_encoding[1] is not False else ">"
    before_value = 12 if element[4:6].isalpha() else 8
    (length,) = struct.unpack_from(f"{order}I", element, before_value - 4)
    return None if length == UNDEFINED_LENGTH else start + before_value + int(length)
