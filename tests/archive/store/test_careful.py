"""A header with values that cannot be decoded is read as far as it can be."""

from __future__ import annotations

import io
import struct

import pytest
from pydicom import Dataset
from pydicom.filereader import read_dataset
from pydicom.uid import ExplicitVRLittleEndian

from archive.dicom import encoding
from archive.store.careful import CarefulHeader
from archive.store.rules import facts_of, instance_facts

pytestmark = pytest.mark.filterwarnings("ignore")


BROKEN = bytes.fromhex("2800 1000") + b"US\3\0\1\2\3"  # Rows, of three bytes
NO_NUMBER = bytes.fromhex("2000 1300") + b"IS\4\0one "
STEP = bytes.fromhex("0800 1111") + b"SQ\0\0"


def header() -> Dataset:
    ds = Dataset()
    for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"):
        setattr(ds, name, "1.2.3")
    return ds


def read(*elements: bytes) -> Dataset:
    """Return the header with elements that nobody decoded yet."""
    data = encoding.encode(header(), transfer_syntax=ExplicitVRLittleEndian) + b"".join(elements)
    return read_dataset(io.BytesIO(data), is_implicit_VR=False, is_little_endian=True)


def test_a_value_that_cannot_be_decoded_is_absent() -> None:
    careful = CarefulHeader(read(NO_NUMBER, BROKEN))
    assert careful.get("Rows") is None
    assert instance_facts(careful).instance_number is None
    assert facts_of(careful).study_instance_uid == "1.2.3"


def test_a_sequence_with_such_a_value_is_absent() -> None:
    item = bytes.fromhex("FEFF 00E0") + struct.pack("<I", len(BROKEN)) + BROKEN
    careful = CarefulHeader(read(STEP + struct.pack("<I", len(item)) + item))
    assert careful.get("ReferencedPerformedProcedureStepSequence") is None
    assert facts_of(careful).performed_step_uid == ""


def test_what_can_be_read_is_read() -> None:
    ds = header()
    ds.PatientName = "Doe^Jane"
    careful = CarefulHeader(ds)
    assert str(careful["PatientName"]) == "Doe^Jane"
    assert len(careful) == len(list(careful)) == 5
