"""Objects of many makers leave without whom they are of, and are no worse for it."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError

from archive.dicom.deidentification import Action, Profile, action_of
from archive.dicom.elements import BrokenElements
from archive.retrieve.anonymous import MayShowWho, leave_anonymous
from archive.retrieve.leaving import CannotTranscode
from archive.storage.area import StorageArea
from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance, Study
from tests.support.datasets import ct_instance, pdf_instance, us_instance
from tests.support.needs import program
from tests.support.samples import PYDICOM_FILES, SAMPLE_FILES, Folder
from tests.support.stored import store, store_bytes

PROFILE = Profile(key=b"key")
IDENTITY = (
    "AccessionNumber",
    "InstitutionAddress",
    "InstitutionName",
    "NameOfPhysiciansReadingStudy",
    "OperatorsName",
    "OtherPatientIDs",
    "OtherPatientNames",
    "PatientAddress",
    "PatientBirthDate",
    "PatientID",
    "PatientName",
    "PatientTelephoneNumbers",
    "PerformingPhysicianName",
    "ReferringPhysicianName",
    "RequestingPhysician",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "StudyInstanceUID",
)


def anonymous(path: Path) -> tuple[Dataset, bytes] | None:
    """Return the object in a file as it is, and what leaves of it; None where nothing may."""
    content = path.read_bytes()
    if content[128:132] != b"DICM":
        return None  # without File Meta Information nobody stores it
    try:
        before = dcmread(path)
        row = Instance(
            storage_key=path.name,
            sop_class_uid=str(before.SOPClassUID),
            sop_instance_uid=str(before.SOPInstanceUID),
            transfer_syntax_uid=str(before.file_meta.TransferSyntaxUID),
        )
        str(before)
    except (InvalidDicomError, AttributeError, ValueError, EOFError, KeyError, NotImplementedError):
        return None  # it cannot be read
    row.study = Study()
    area = cast(StorageArea, Folder(path.parent))
    try:
        with leave_plain(row, area) as leaving:
            return before, b"".join(leaving.part10())
    except (BrokenElements, CannotTranscode, MayShowWho):
        return None


def leave_plain(row: Instance, area: StorageArea):  # type: ignore[no-untyped-def]
    """Let it leave without the overlay, which needs a database."""
    return leave_anonymous(row, area=area, profile=PROFILE, burned_in=True, overlay=False)


def values(dataset: Dataset) -> Iterator[str]:
    """Yield the values of identity attributes at every level."""
    for element in dataset.iterall():
        if element.keyword in IDENTITY and element.value:
            several = element.value if element.VM > 1 else [element.value]
            yield from (str(value).strip() for value in several)


def texts(dataset: Dataset) -> Iterator[str]:
    """Yield every text that leaves, those of pixels aside."""
    for element in dataset.iterall():
        if element.VR not in {"SQ", "OB", "OW", "OF", "OD", "OL", "UN"} and element.value:
            yield str(element.value)


@pytest.mark.parametrize("path", [*SAMPLE_FILES, *PYDICOM_FILES], ids=lambda path: path.name)
def test_no_value_of_identity_attributes_survives(path: Path) -> None:
    found = anonymous(path)
    if found is None:
        return
    before, content = found
    after = dcmread(io.BytesIO(content))
    told = list(texts(after))
    for value in set(values(before)):
        word = re.compile(rf"(?<![\w.]){re.escape(value)}(?![\w.])")
        # A word that is kept for what it is, such as the name of a maker, may be a name as well.
        kept = sum(bool(word.search(text)) for text in told)
        if len(value) < 4 or value.startswith("1.2.840.10008."):
            continue
        assert not kept or value in _innocent(before), value
    assert after.PatientIdentityRemoved == "YES"
    for element in after.iterall():
        assert not element.tag.is_private
        assert action_of(int(element.tag), element.VR, frozenset()) is not Action.REMOVE
    if "PixelData" in before:
        assert after.PixelData == before.PixelData


def _innocent(dataset: Dataset) -> set[str]:
    """Return the values of attributes that say nothing of a person."""
    return {
        str(element.value)
        for element in dataset.iterall()
        if action_of(int(element.tag), element.VR, frozenset()) is Action.KEEP
    }


def test_most_samples_are_looked_at() -> None:
    found = [path for path in PYDICOM_FILES if anonymous(path) is not None]
    assert len(found) > len(PYDICOM_FILES) * 0.75


def errors(path: Path) -> set[str]:
    """Return what dciodvfy calls an error, without the values."""
    said = subprocess.run([program("dciodvfy"), "-new", path], capture_output=True, text=True)
    lines = (said.stdout + said.stderr).splitlines()
    return {re.sub(r"\[.*|<.*|=.*", "", line) for line in lines if line.startswith("Error")}


@pytest.mark.parametrize("path", SAMPLE_FILES[::7], ids=lambda path: path.name)
def test_an_object_is_no_worse_for_dciodvfy(path: Path, tmp_path: Path) -> None:
    found = anonymous(path)
    if found is None:
        return
    (tmp_path / "after.dcm").write_bytes(found[1])
    assert errors(tmp_path / "after.dcm") <= errors(path)


@pytest.mark.django_db
def test_what_may_show_who_stays(area: FilesystemArea) -> None:
    pictures = [us_instance(), ct_instance(BurnedInAnnotation="YES")]
    rows = store(*pictures, pdf_instance(), area=area)
    for row in rows:
        with pytest.raises(MayShowWho):
            leave_anonymous(row, area=area, profile=PROFILE)
    for row in rows[:2]:
        with leave_anonymous(row, area=area, profile=PROFILE, burned_in=True) as leaving:
            assert leaving.sop_instance_uid == PROFILE.uid(row.sop_instance_uid)
    with pytest.raises(MayShowWho):
        leave_anonymous(rows[2], area=area, profile=PROFILE, burned_in=True)


@pytest.mark.django_db
def test_it_is_transcoded_too_and_the_second_time_changes_nothing(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    jpeg_ls = "1.2.840.10008.1.2.4.80"
    with leave_anonymous(row, area=area, profile=PROFILE, accepted=(jpeg_ls,)) as leaving:
        assert leaving.transfer_syntax_uid == jpeg_ls
        content = b"".join(leaving.part10())
    assert len(content) == leaving.length
    once = dcmread(io.BytesIO(content))
    assert once.file_meta.MediaStorageSOPInstanceUID == once.SOPInstanceUID
    again = store_bytes(content, area=area, transfer_syntax_uid=jpeg_ls)
    with leave_anonymous(again, area=area, profile=PROFILE) as leaving:
        twice = dcmread(io.BytesIO(b"".join(leaving.part10())))
    assert twice.SOPInstanceUID == once.SOPInstanceUID
