"""The quick reader agrees with the careful one, or leaves the file to it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from archive.dicom.part10 import NotDicom, Truncated, read_header
from archive.dicom.quick_header import read_values
from archive.store.rules import facts_of, instance_facts
from pacs_hub.kernel.errors import Malformed
from tests.support.datasets import ct_instance, part10, write_part10

SAMPLES = Path(__file__).parents[3] / "../shared/samples/dicom"


def _performed(uid: str) -> list[Dataset]:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.3", uid
    return [item]


def _facts(read: Any) -> object:
    try:
        header = read()
        return facts_of(header), instance_facts(header)
    except Malformed as error:
        return error.error_code


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"PatientName": "Müller^Jörg", "StudyDescription": "Schädel"},
        {"PatientName": "Doe^Jane^^^", "AccessionNumber": " A1 "},
        {"ReferencedPerformedProcedureStepSequence": _performed("1.2.3")},
        {"ReferencedPerformedProcedureStepSequence": []},
        {"StudyDate": "", "SeriesNumber": None},
    ],
)
def test_plain_files_are_read_the_same(
    tmp_path: Path, syntax: str, changes: dict[str, Any]
) -> None:
    path = write_part10(ct_instance(**changes), tmp_path / "a.dcm", transfer_syntax_uid=syntax)
    values = read_values(path)
    assert values is not None
    careful = read_header(path)
    assert facts_of(values) == facts_of(careful)
    assert instance_facts(values) == instance_facts(careful)


def test_every_sample_is_read_the_same() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("needs ../shared/samples")
    quick = 0
    for path in sorted(p for p in SAMPLES.iterdir() if p.is_file()):
        values = read_values(path)
        if values is not None:
            quick += 1
            careful = _facts(lambda path=path: read_header(path))
            assert _facts(lambda values=values: values) == careful, path.name
    assert quick > 50


def test_sequences_of_undefined_length_are_walked(tmp_path: Path) -> None:
    ds = ct_instance(ReferencedPerformedProcedureStepSequence=_performed("1.2.3"))
    ds["ReferencedPerformedProcedureStepSequence"].is_undefined_length = True
    ds.ReferencedPerformedProcedureStepSequence[0].is_undefined_length_sequence_item = True
    values = read_values(write_part10(ds, tmp_path / "a.dcm"))
    assert values is not None
    assert facts_of(values).performed_step_uid == "1.2.3"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not dicom",
        bytes(200),
        part10(ct_instance())[:-1],
        part10(ct_instance(), transfer_syntax_uid=DeflatedExplicitVRLittleEndian),
        part10(ct_instance()) + struct.pack("<HH2sHH", 8, 8, b"CS", 0, 0),
    ],
)
def test_what_is_unusual_is_left_to_the_careful_reader(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(content)
    assert read_values(path) is None


@pytest.mark.filterwarnings("ignore")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(140, 1800), what=st.binary(min_size=1, max_size=4))
def test_mutated_files_never_break_it(tmp_path: Path, at: int, what: bytes) -> None:
    whole = part10(ct_instance(rows=8, columns=8))
    path = tmp_path / "a.dcm"
    path.write_bytes((whole[:at] + what + whole[at + len(what) :])[: len(whole)])
    values = read_values(path)
    if values is not None:
        _facts(lambda: values)
    try:
        read_header(path)
    except (NotDicom, Truncated):
        return
