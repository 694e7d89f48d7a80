"""Read the header of a Part 10 file (PS3.10 7), leaving its pixel data on disk; pure."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

import pydicom
from pydicom import Dataset
from pydicom.errors import InvalidDicomError

from pacs_hub.kernel.errors import Malformed

UNREADABLE: Final = (
    InvalidDicomError,
    EOFError,
    ValueError,
    KeyError,
    AttributeError,
    TypeError,
    NotImplementedError,
    OSError,
    struct.error,
)
"""What pydicom raises on bytes that are not DICOM."""


class NotDicom(Malformed):
    """The bytes are not a DICOM object."""

    code = "not-dicom"


def read_header(path: Path) -> Dataset:
    """Read a Part 10 file up to its pixel data, which stays on disk.

    Raises:
        NotDicom: it cannot be read as DICOM.
    """
    try:
        with path.open("rb") as file:
            return pydicom.dcmread(file, stop_before_pixels=True, defer_size=64 * 1024)
    except UNREADABLE as error:
        raise NotDicom("the bytes are not a DICOM object") from error
