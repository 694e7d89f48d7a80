"""Data sets from and to the bytes of a transfer syntax (PS3.5 Annex A); pure."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Final

from pydicom import Dataset
from pydicom.errors import BytesLengthException
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from pydicom.uid import UID

from archive.dicom.inflating import inflate
from pacs_hub.kernel.errors import Malformed

MOST_INFLATED: Final = 64 * 1024 * 1024
"""Of what is decoded whole: queries and their like."""


class NotADataSet(Malformed):
    """The bytes are not a data set of that transfer syntax."""

    code = "not-a-data-set"


# What pydicom raises on bytes that are not DICOM.
_UNREADABLE = (
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
    struct.error,
    zlib.error,
)


def decode(data: bytes, *, transfer_syntax: str, character_set: str = "") -> Dataset:
    """Read a data set whole, values included.

    `character_set` is that of its texts where it names none itself.

    Raises:
        NotADataSet: it cannot be read.
        InflatesTooFar: it is deflated, and too long.
    """
    syntax = UID(transfer_syntax)
    try:
        if syntax.is_deflated:
            data = inflate(data, most=MOST_INFLATED)
        dataset = read_dataset(
            io.BytesIO(data), syntax.is_implicit_VR, syntax.is_little_endian, bytelength=len(data)
        )
        is_silent = "SpecificCharacterSet" not in dataset
        if is_silent and character_set:
            dataset.SpecificCharacterSet = character_set.split("\\")
        dataset.decode()
        for element in dataset.iterall():
            _ = element.value
        if is_silent and character_set:
            del dataset.SpecificCharacterSet
    except _UNREADABLE as error:
        raise NotADataSet("the data set cannot be read") from error
    return dataset


def encode(dataset: Dataset, *, transfer_syntax: str) -> bytes:
    """Write a data set."""
    syntax = UID(transfer_syntax)
    buffer = DicomBytesIO()
    buffer.is_implicit_VR = syntax.is_implicit_VR
    buffer.is_little_endian = syntax.is_little_endian
    write_dataset(buffer, dataset)
    data = bytes(buffer.getvalue())
    if not syntax.is_deflated:
        return data
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    data = deflater.compress(data) + deflater.flush()
    return data + b"\0" * (len(data) % 2)
