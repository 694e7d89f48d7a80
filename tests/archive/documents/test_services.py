"""Documents: kept as sent, and made into objects that every viewer shows."""

import subprocess
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import EncapsulatedPDFStorage, JPEGBaseline8Bit, VideoPhotographicImageStorage

from archive.documents import rules, services
from archive.documents.models import Document
from archive.documents.services import Attached, Converter, DocumentTarget
from archive.models import Instance, Patient
from archive.storage.filesystem import FilesystemArea
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from tests.support import files
from tests.support.builders import a_patient
from tests.support.datasets import disc, new_uid
from tests.support.needs import program

pytestmark = pytest.mark.django_db
NURSE = Origin.over_http(user="nurse", address="127.0.0.1")
STUDY = "1.2.826.0.1.3680043.8.498.7"


@pytest.fixture
def patient() -> Patient:
    return a_patient()


def attach(area: FilesystemArea, patient: Patient, content: bytes, **over: Any) -> Attached:
    what: dict[str, Any] = {"title": "Referral", "most_bytes": 10**8, "origin": NURSE}
    target = DocumentTarget(
        patient=patient,
        study_instance_uid=over.pop("study", STUDY),
        accession_number="A1",
        study_date=date(2026, 11, 24),
        study_description="CT head",
    )
    return services.attach(content=[content], target=target, area=area, **(what | over))


def converter(area: FilesystemArea, **over: Any) -> Converter:
    what: dict[str, Any] = {
        "area": area,
        "ae_title": "PACSHUB",
        "default_issuer": "GH",
        "zone": ZoneInfo("Europe/Paris"),
        "seconds": 60.0,
    }
    return Converter(**(what | over))


def converted(area: FilesystemArea, patient: Patient, content: bytes, **over: Any) -> Document:
    row = attach(area, patient, content, **over).document
    return services.convert(row.pk, converter=converter(area))


def made(area: FilesystemArea, row: Document) -> pydicom.Dataset:
    assert (row.state, row.error_text) == ("stored", "")
    instance = Instance.objects.get(sop_instance_uid=row.sop_instance_uid)
    return pydicom.dcmread(area.path(instance.storage_key))


def test_a_file_is_kept_as_it_was_sent(area: FilesystemArea, patient: Patient) -> None:
    found = attach(area, patient, files.PDF, file_name="letter.pdf")
    row = found.document
    assert found.is_new
    assert area.path(row.storage_key).read_bytes() == files.PDF
    assert (row.kind, row.state, row.actor, row.size) == ("pdf", "waiting", "nurse", len(files.PDF))
    assert AuditRow.objects.get(object_type="document").action == "create"


def test_the_same_bytes_in_the_same_study_are_one_document(
    area: FilesystemArea, patient: Patient
) -> None:
    one, again = (attach(area, patient, files.PDF) for _ in range(2))
    assert (again.is_new, again.document) == (False, one.document)
    assert attach(area, patient, files.PDF, study=new_uid()).is_new


def test_a_pdf_becomes_an_encapsulated_pdf(area: FilesystemArea, patient: Patient) -> None:
    code = rules.DocumentCode(value="18748-4", scheme="LN", meaning="Imaging report")
    ds = made(area, converted(area, patient, files.PDF + b"\n", code=code))
    assert ds.SOPClassUID == EncapsulatedPDFStorage
    assert ds.EncapsulatedDocument[: ds.EncapsulatedDocumentLength] == files.PDF + b"\n"
    assert (ds.PatientID, ds.IssuerOfPatientID, str(ds.PatientName)) == ("P1", "GH", "DOE^JANE")
    assert (ds.StudyInstanceUID, ds.AccessionNumber, ds.StudyDate) == (STUDY, "A1", "20261124")
    assert (ds.DocumentTitle, ds.ConceptNameCodeSequence[0].CodeValue) == ("Referral", "18748-4")


def test_a_baseline_jpeg_is_kept_inside(area: FilesystemArea, patient: Patient) -> None:
    jpeg = files.picture("JPEG")
    ds = made(area, converted(area, patient, jpeg))
    assert ds.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert jpeg in ds.PixelData
    assert ds.pixel_array.shape == (24, 32, 3)


@pytest.mark.parametrize(
    ("content", "shape", "bits"),
    [
        (files.picture("JPEG", progressive=True), (24, 32, 3), 8),
        (files.picture("PNG", "RGBA"), (24, 32, 3), 8),
        (files.picture("PNG", "P"), (24, 32, 3), 8),
        (files.picture("PNG", "1"), (24, 32), 8),
        (files.grey_16_bit_png(), (24, 32), 16),
        (files.picture("BMP"), (24, 32, 3), 8),
        (files.picture("BMP", "L"), (24, 32), 8),
    ],
)
def test_other_pictures_become_plain_pixels(
    area: FilesystemArea, patient: Patient, content: bytes, shape: tuple[int, ...], bits: int
) -> None:
    ds = made(area, converted(area, patient, content))
    assert ds.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert (ds.pixel_array.shape, ds.BitsAllocated) == (shape, bits)


def test_every_grey_value_of_a_picture_survives(area: FilesystemArea, patient: Patient) -> None:
    ds = made(area, converted(area, patient, files.grey_16_bit_png()))
    assert np.array_equal(ds.pixel_array, disc(24, 32, top=60_000))


def test_a_photo_taken_sideways_is_turned_upright(area: FilesystemArea, patient: Patient) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    ds = made(area, converted(area, patient, files.picture("JPEG", exif=exif)))
    assert (ds.Rows, ds.Columns, ds.LossyImageCompression) == (32, 24, "01")


def test_a_video_that_fits_is_kept_inside(area: FilesystemArea, patient: Patient) -> None:
    mp4 = files.fitting_mp4()
    ds = made(area, converted(area, patient, mp4))
    assert ds.SOPClassUID == VideoPhotographicImageStorage
    assert ds.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.102"
    assert mp4 in ds.PixelData
    assert (ds.Rows, ds.Columns, ds.NumberOfFrames) == (48, 64, 10)
    assert float(ds.FrameTime) == pytest.approx(100)


@pytest.mark.parametrize(
    "content",
    [
        files.avi(),
        files.video("a.mp4", "-c:v", "mpeg4"),
        files.video("b.mp4", "-c:v", "libx264", "-pix_fmt", "yuv444p"),
    ],
)
def test_other_videos_are_converted(area: FilesystemArea, patient: Patient, content: bytes) -> None:
    ds = made(area, converted(area, patient, content))
    assert ds.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.102"
    assert (ds.Rows, ds.Columns, ds.NumberOfFrames) == (48, 64, 10)
    assert list(area.path(".spool").iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        files.PDF,
        files.picture("JPEG"),
        files.picture("JPEG", "L"),
        files.picture("JPEG", progressive=True),
        files.picture("PNG"),
        files.grey_16_bit_png(),
        files.picture("BMP", "L"),
        files.fitting_mp4(),
        files.avi(),
    ],
)
def test_what_is_made_has_no_errors(area: FilesystemArea, patient: Patient, content: bytes) -> None:
    checker = program("dciodvfy")
    row = converted(area, patient, content)
    instance = Instance.objects.get(sop_instance_uid=row.sop_instance_uid)
    path = str(area.path(instance.storage_key))
    told = subprocess.run([checker, path], capture_output=True, text=True, errors="replace")
    errors = [line for line in told.stderr.splitlines() if line.startswith("Error")]
    assert errors == [], "\n".join(errors)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-document"),
        (b"MZ some program", "unknown-document-type"),
        (b"<html>no</html>", "unknown-document-type"),
        (files.picture("GIF", "P"), "unknown-document-type"),
        (files.PDF[:60], "broken-document"),
        (files.picture("JPEG")[:300], "broken-document"),
        (files.picture("PNG", rows=90)[:120], "broken-document"),
        (files.fitting_mp4()[:400], "broken-document"),
    ],
)
def test_files_that_are_none_are_refused(
    area: FilesystemArea, patient: Patient, content: bytes, code: str
) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the code says which
        attach(area, patient, content)
    assert caught.value.error_code == code  # type: ignore[attr-defined]
    assert Document.objects.count() == 0
    assert list(area.path(".spool").iterdir()) == []


def test_a_picture_that_would_fill_the_memory_is_refused(
    area: FilesystemArea, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.documents.pictures.MOST_BYTES", 24 * 32 * 3 - 1)
    with pytest.raises(Exception, match="too large"):
        attach(area, patient, files.picture("PNG"))


def test_a_file_above_the_limit_is_refused(area: FilesystemArea, patient: Patient) -> None:
    with pytest.raises(rules.DocumentTooLarge):
        attach(area, patient, files.PDF, most_bytes=100)


def test_a_video_nothing_can_be_made_of_has_failed_and_is_kept(
    area: FilesystemArea, patient: Patient
) -> None:
    broken = files.avi()[:2000] + b"\0" * 4000
    row = converted(area, patient, broken)
    assert (row.state, row.error_code) == ("failed", "broken-document")
    assert area.path(row.storage_key).read_bytes() == broken
    assert services.convert_due(converter=converter(area), limit=5) == 0


def test_a_video_that_takes_too_long_has_failed(area: FilesystemArea, patient: Patient) -> None:
    row = attach(area, patient, files.avi()).document
    row = services.convert(row.pk, converter=converter(area, seconds=0.001))
    assert (row.state, row.error_code) == ("failed", "conversion-too-long")


def test_a_conversion_that_broke_off_is_taken_up_again(
    area: FilesystemArea, patient: Patient
) -> None:
    row = attach(area, patient, files.PDF).document
    later = clock.now() + timedelta(minutes=5)
    Document.objects.update(state="converting", claimed_until=later, attempts=1)
    assert services.convert_due(converter=converter(area), limit=5) == 0
    Document.objects.update(claimed_until=clock.now())
    assert services.convert_due(converter=converter(area), limit=5) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, Instance.objects.count()) == ("stored", 2, 1)


def test_a_crash_after_the_object_was_stored_makes_no_second_one(
    area: FilesystemArea, patient: Patient
) -> None:
    row = converted(area, patient, files.PDF)
    Document.objects.update(state="converting", claimed_until=clock.now())
    assert services.convert(row.pk, converter=converter(area)).state == "stored"
    assert Instance.objects.count() == 1


def test_a_disk_that_is_away_is_tried_again(
    area: FilesystemArea, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = attach(area, patient, files.PDF).document
    with monkeypatch.context() as full:
        full.setattr("archive.storage.spools.RESERVE_BYTES", 2**62)
        full.setattr("archive.storage.spools.LOOK_AT_DISK_SECONDS", -1)
        row = services.convert(row.pk, converter=converter(area))
    assert (row.state, row.error_code) == ("waiting", "disk-refused")
    Document.objects.update(claimed_until=clock.now())
    assert services.convert(row.pk, converter=converter(area)).state == "stored"


def test_the_object_joins_the_study_it_finds(area: FilesystemArea, patient: Patient) -> None:
    first = made(area, converted(area, patient, files.PDF))
    second = made(area, converted(area, patient, files.picture("PNG")))
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert first.SeriesInstanceUID != second.SeriesInstanceUID
