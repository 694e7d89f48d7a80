"""An overlay over objects of many makers: only what it says changes, and all of that is said."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.sequence import Sequence

from archive.corrections.application import edits_of
from archive.corrections.attributes import ORDER_TAGS
from archive.corrections.rules import Change, Identity, Overlay
from archive.dicom.elements import BrokenElements, data_set_start
from archive.dicom.json_model import text_value
from archive.dicom.rewriting import corrected, look_at
from archive.dicom.segments import read
from tests.support.samples import PYDICOM_FILES, SAMPLE_FILES

AT = datetime(2026, 1, 5, 10, 15, tzinfo=UTC)
DEFLATED = "1.2.840.10008.1.2.1.99"
LENGTH_TO_END = 0x00080001
OWN = {0x00080005, 0x00080015, 0x00080050, 0x04000561}
OWN |= {0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040, 0x00101000, 0x00101002}
DCIODVFY = shutil.which("dciodvfy")


def overlay(name: str) -> Overlay:
    """Return an overlay with an identity and an accession number nobody else has."""
    identity = Identity(name=name, patient_id="Q-1", issuer="GH", sex="F")
    order = {"00080050": text_value("SH", ["A-9"])}
    return Overlay(
        changes=(
            Change(reason="COERCE", source="master", at=AT, attributes={}, identity=identity),
            Change(reason="CORRECT", source="worklist", at=AT, attributes=order),
        ),
        system="PACS hub",
    )


def with_overlay(path: Path, syntax: str, name: str) -> bytes:
    """Return the file with the overlay over it."""
    with path.open("rb") as file:
        start = data_set_start(file)
        source = look_at(file, start=start, stop=path.stat().st_size, transfer_syntax_uid=syntax)
        edited = edits_of(source, overlay(name), encoding=source.encoding, previous_source="CT1")
        assert edited is not None
        body = b"".join(read(corrected(source, edited.edits, utf8=edited.utf8)))
        file.seek(0)
        return file.read(start) + body


def opened(content: bytes) -> Dataset:
    """Read a file up to its pixel data."""
    return pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True)


def tail_digest(content: bytes) -> str:
    """Return the digest of the pixel data and all that follows."""
    file = io.BytesIO(content)
    pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["SOPInstanceUID"])
    return hashlib.sha256(file.read()).hexdigest()


def others(dataset: Dataset) -> dict[int, object]:
    """Return what the overlay does not touch, nor group lengths, which it may drop."""
    return {
        int(element.tag): element.value
        for element in dataset
        if element.tag & 0xFFFF and element.tag not in OWN | {LENGTH_TO_END}
    }


def plain(path: Path) -> tuple[bytes, str] | None:
    """Return bytes and syntax of an object that the archive would take."""
    try:
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        syntax = str(dataset.file_meta.TransferSyntaxUID)
    except (InvalidDicomError, AttributeError, EOFError):
        return None
    return None if syntax == DEFLATED or "truncated" in path.name else (path.read_bytes(), syntax)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["Roe^Anna", "Łukasiewicz^Æsa=田中^花子"])
@pytest.mark.parametrize("path", [*PYDICOM_FILES, *SAMPLE_FILES], ids=lambda path: path.name[-60:])
def test_only_what_the_overlay_says_changes(path: Path, name: str) -> None:
    found = plain(path)
    if found is None:
        return
    content, syntax = found
    made = with_overlay(path, syntax, name)
    before, after = opened(content), opened(made)
    assert (after.PatientName, after.PatientID, after.PatientSex) == (name, "Q-1", "F")
    assert (after.IssuerOfPatientID, after.AccessionNumber) == ("GH", "A-9")
    assert tail_digest(made) == tail_digest(content)
    was, now = others(before), others(after)
    assert was.keys() == now.keys()
    kept = after.get("SpecificCharacterSet") == before.get("SpecificCharacterSet")
    for tag, value in was.items():  # group lengths inside of items go with the character set
        assert kept is False and isinstance(value, Sequence) or now[tag] == value
    mine = after.OriginalAttributesSequence[-2:]
    assert [item.ReasonForTheAttributeModification for item in mine] == ["COERCE", "CORRECT"]
    assert mine[0].SourceOfPreviousValues == "CT1"
    old = mine[0].ModifiedAttributesSequence[0]
    assert str(old.PatientName) == str(before.get("PatientName") or "")
    assert len(after.OriginalAttributesSequence) == 2 + len(
        before.get("OriginalAttributesSequence") or []
    )


def complaints(path: Path) -> set[str]:
    """Return the errors dciodvfy sees in a file, without places and values."""
    run = subprocess.run([str(DCIODVFY), str(path)], capture_output=True, check=False)
    lines = run.stderr.decode("latin-1").splitlines()
    return {re.sub(r"[=<(\[].*", "", line) for line in lines if line.startswith("Error")}


@pytest.mark.skipif(DCIODVFY is None, reason="no dciodvfy here")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", PYDICOM_FILES[::3], ids=lambda path: path.name)
def test_no_judge_finds_new_errors(path: Path, tmp_path: Path) -> None:
    found = plain(path)
    if found is None:
        return
    made = tmp_path / "made.dcm"
    made.write_bytes(with_overlay(path, found[1], "Roe^Anna"))
    assert complaints(made) <= complaints(path)


def test_the_broken_header_is_not_guessed_at(tmp_path: Path) -> None:
    whole = next(path for path in PYDICOM_FILES if path.name == "CT_small.dcm").read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(whole[:800])
    with pytest.raises(BrokenElements):
        with_overlay(path, "1.2.840.10008.1.2.1", "Roe^Anna")


def test_what_is_corrected_is_never_what_the_modality_measured() -> None:
    for tag in ORDER_TAGS:
        assert tag not in {"0020000D", "0020000E", "00080018", "00080060", "7FE00010"}
