"""Data sets from and to the bytes of a transfer syntax (PS3.5 Annex A); pure."""

from __future__ import annotations

import io
import struct
import zlib

from pydicom import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from pydicom.uid import UID

from pacs_hub.kernel.errors import Malformed


class NotADataSet(Malformed):
    """The bytes are not a data set of that transfer syntax."""

    code = "not-a-data-set"


# What pydicom raises on bytes that are not DICOM.
_UNREADABLE = (
    EOFError,
    ValueError,
    KeyError,
    AttributeError,
    TypeError,
    NotImplementedError,
    OSError,
    struct.error,
    zlib.error,
)


def decode(data: bytes, *, transfer_syntax: str) -> Dataset:
    """Read a data set whole, values included.

    Raises:
        NotADataSet: it cannot be read.
    """
    syntax = UID(transfer_syntax)
    try:
        if syntax.is_deflated:
            data = zlib.decompress(data, -zlib.MAX_WBITS)
        dataset = read_dataset(
            io.BytesIO(data), syntax.is_implicit_VR, syntax.is_little_endian, bytelength=len(data)
        )
        dataset.decode()
        for element in dataset.iterall():
            _ = element.value
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
