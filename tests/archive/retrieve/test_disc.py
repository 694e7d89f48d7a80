"""A study as a disc: readable by pydicom and DCMTK, corrected, and never held whole."""

from __future__ import annotations

import io
import subprocess
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.fileset import FileSet
from pydicom.uid import (
    BasicTextSRStorage,
    ExplicitVRLittleEndian,
    KeyObjectSelectionDocumentStorage,
    RLELossless,
)

from archive.corrections.services import correct_study
from archive.dicom.json_model import text_value
from archive.models import Study
from archive.retrieve.disc import disc
from archive.retrieve.plan import Target, instances
from archive.retrieve.zipping import zipped
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import ct_series, new_uid, pdf_instance
from tests.support.needs import program
from tests.support.stored import store, store_bytes

pytestmark = pytest.mark.django_db

ADMIN = Principal(name="ana", role="admin")


def zip_of(study: Study, area: FilesystemArea) -> zipfile.ZipFile:
    rows = instances(Target(study=study.study_instance_uid), principal=ADMIN)
    files = disc(rows, area=area, ae_title="PACSHUB")
    return zipfile.ZipFile(io.BytesIO(b"".join(zipped(files))))


def into_study(first: Dataset, *others: Dataset) -> list[Dataset]:
    for other in others:
        for keyword in ("StudyInstanceUID", "PatientID", "PatientName", "StudyID"):
            setattr(other, keyword, getattr(first, keyword))
    return list(others)


def report(sop_class: str, **more: object) -> Dataset:
    ds = pdf_instance()
    for keyword in ("EncapsulatedDocument", "MIMETypeOfEncapsulatedDocument"):
        delattr(ds, keyword)
    ds.SOPClassUID, ds.SOPInstanceUID, ds.SeriesInstanceUID = sop_class, new_uid(), new_uid()
    ds.Modality = "SR"
    title = Dataset()
    title.CodeValue, title.CodingSchemeDesignator, title.CodeMeaning = "18748-4", "LN", "Report"
    ds.ConceptNameCodeSequence = [title]
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    return ds


@pytest.fixture
def study(area: FilesystemArea) -> Study:
    images = list(ct_series(5))
    text = report(BasicTextSRStorage, CompletionFlag="COMPLETE", VerificationFlag="VERIFIED")
    key = report(KeyObjectSelectionDocumentStorage, Modality="KO")
    store(*images, *into_study(images[0], pdf_instance(), text, key), area=area)
    return Study.objects.get()


def test_pydicom_finds_every_file_of_it(study: Study, area: FilesystemArea, tmp_path: Path) -> None:
    with zip_of(study, area) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
        names = archive.namelist()
    assert names[-1] == "DICOMDIR"
    assert all(len(part) <= 8 and part.upper() == part for n in names for part in n.split("/"))
    found = FileSet(tmp_path / "DICOMDIR")
    assert len(found) == 8
    assert {str(each.load().PatientName) for each in found} == {"Doe^Jane"}
    directory = dcmread(tmp_path / "DICOMDIR")
    kinds = [record.DirectoryRecordType for record in directory.DirectoryRecordSequence]
    assert kinds.count("IMAGE") == 5
    assert set(kinds) == {
        "PATIENT", "STUDY", "SERIES", "IMAGE", "ENCAP DOC", "SR DOCUMENT", "KEY OBJECT DOC",
    }  # fmt: skip
    assert found.find_values("SeriesInstanceUID")


def test_dcmtk_reads_the_directory(study: Study, area: FilesystemArea, tmp_path: Path) -> None:
    with zip_of(study, area) as archive:
        archive.extractall(tmp_path)
    told = subprocess.run(
        [program("dcmdump"), "-q", str(tmp_path / "DICOMDIR")],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert "MediaStorageDirectoryStorage" in told.stdout
    assert told.stderr == ""


def test_corrections_are_in_the_files_and_in_the_directory(
    study: Study, area: FilesystemArea, tmp_path: Path
) -> None:
    correct_study(
        study_id=study.pk,
        attributes={
            "00080050": text_value("SH", ["A-9"]),
            "00100010": text_value("PN", ["Дом^Анна"]),
        },
        reason="CORRECT", source="order", origin=Origin.over_http(user="ana"),
    )  # fmt: skip
    with zip_of(study, area) as archive:
        archive.extractall(tmp_path)
    for each in FileSet(tmp_path / "DICOMDIR"):
        assert (each.AccessionNumber, str(each.PatientName)) == ("A-9", "Дом^Анна")
        assert str(each.load().PatientName) == "Дом^Анна"


def test_what_an_object_does_not_say_is_stood_in(area: FilesystemArea, tmp_path: Path) -> None:
    image = next(ct_series(1))
    for keyword in ("InstanceNumber", "SeriesNumber", "StudyID", "StudyDate", "StudyTime"):
        delattr(image, keyword)
    store(image, area=area)
    with zip_of(Study.objects.get(), area) as archive:
        archive.extractall(tmp_path)
    (each,) = FileSet(tmp_path / "DICOMDIR")
    assert each.InstanceNumber == 1


def test_a_lost_object_is_left_out_and_named(study: Study, area: FilesystemArea) -> None:
    lost = study.instances.order_by("pk").first()
    assert lost is not None
    area.delete(lost.storage_key)
    with zip_of(study, area) as archive:
        assert archive.testzip() is None
        assert lost.sop_instance_uid in archive.read("LEFTOUT.TXT").decode()
        assert len(archive.namelist()) == 9


def test_memory_does_not_grow_with_the_objects(area: FilesystemArea) -> None:
    store(*ct_series(12, rows=1024, columns=1024), area=area)
    rows = instances(Target(study=Study.objects.get().study_instance_uid), principal=ADMIN)
    tracemalloc.start()
    size = sum(len(b) for b in zipped(disc(rows, area=area, ae_title="PACSHUB")))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 24_000_000
    assert peak < 8_000_000


def test_objects_keep_the_syntax_they_are_stored_in(area: FilesystemArea, tmp_path: Path) -> None:
    image = next(ct_series(1))
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.compress(RLELossless, generate_instance_uid=False)
    file = io.BytesIO()
    image.save_as(file, enforce_file_format=True)
    store_bytes(file.getvalue(), area=area, transfer_syntax_uid=RLELossless)
    with zip_of(Study.objects.get(), area) as archive:
        archive.extractall(tmp_path)
    (each,) = FileSet(tmp_path / "DICOMDIR")
    assert each.ReferencedTransferSyntaxUIDInFile == RLELossless
