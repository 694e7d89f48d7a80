"""Foreign judges of what the hub makes: dciodvfy and dcentvfy, and dcmsend reading a disc of ours.

Rejection notes, documents, corrected and anonymous objects are judged beside their own tests.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from pytest_django import Settings

from archive.models import Instance, KeptAside, Study
from archive.retrieve.disc import disc
from archive.retrieve.leaving import leave
from archive.retrieve.plan import Target, instances
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.permissions import Principal
from tests.support.callers import caller
from tests.support.datasets import (
    ct_instance,
    ct_series,
    dx_instance,
    mr_instance,
    pdf_instance,
    us_instance,
)
from tests.support.dicom_door import open_door
from tests.support.peers.dcmtk import run
from tests.support.stored import area_in, store
from tests.support.stow import post_metadata

pytestmark = pytest.mark.django_db(transaction=True)
ADMIN = Principal(name="ana", role="admin")
TARGETS = (  # neither deflated nor HTJ2K: dciodvfy cannot read them
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
NO_COLOUR_TRANSFORM = (
    JPEG2000Lossless,
    "Error - </PhotometricInterpretation(0028,0004)[1]> - Unrecognized enumerated value = <RGB>",
)
"""PS3.5 8.2.4 lets JPEG 2000 carry RGB as it is; in ultrasound dciodvfy wants it transformed."""


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    """An empty storage area, which the hub's doors use too."""
    return area_in(tmp_path / "objects", settings)


def errors(path: Path) -> list[str]:
    """Return what dciodvfy calls an error."""
    said = run("dciodvfy", "-new", str(path)).text
    return [line for line in said.splitlines() if line.startswith("Error")]


def colour_loop() -> Dataset:
    """Return an ultrasound loop in colour."""
    ds = us_instance(frames=2)
    grey = bytes(ds.PixelData)
    ds.SamplesPerPixel, ds.PlanarConfiguration, ds.PhotometricInterpretation = 3, 0, "RGB"
    ds.PixelData = bytes(value for one in grey for value in (one, one // 2, 255 - one))
    ds.UltrasoundColorDataPresent = 1
    return ds


@pytest.mark.parametrize("source", [ExplicitVRLittleEndian, JPEG2000Lossless])
def test_an_object_put_into_another_syntax_has_no_errors(
    area: FilesystemArea, tmp_path: Path, source: str
) -> None:
    objects = (ct_instance(), mr_instance(), dx_instance(), us_instance(), colour_loop())
    rows = store(*objects, area=area, transfer_syntax_uid=source)
    path = tmp_path / "left.dcm"
    for row in rows:
        for target in TARGETS:
            with leave(row, area=area, accepted=[target]) as leaving:
                assert leaving.transfer_syntax_uid == target
                path.write_bytes(b"".join(leaving.part10()))
            found = [error for error in errors(path) if (target, error) != NO_COLOUR_TRANSFORM]
            assert found == [], (row.sop_class_uid, target)


def test_an_object_made_of_metadata_and_bulk_data_has_no_errors(area: FilesystemArea) -> None:
    ct, pdf = ct_instance(), pdf_instance()
    native = ("application/octet-stream", ct.PixelData, "bulk/1")
    document = ("application/pdf", pdf.EncapsulatedDocument, "bulk/2")
    client = caller("technologist")
    items = [ct.to_json_dict(), pdf.to_json_dict()]
    items[0]["7FE00010"] = {"vr": "OW", "BulkDataURI": "bulk/1"}
    items[1]["00420011"] = {"vr": "OB", "BulkDataURI": "bulk/2"}
    assert post_metadata(client, items, native, document).status_code == 200
    assert Instance.objects.count() == 2
    for row in Instance.objects.all():
        assert errors(area.path(row.storage_key)) == []


def test_a_disc_is_in_order_and_reading_it_back_in_changes_nothing(
    area: FilesystemArea, settings: Settings, tmp_path: Path
) -> None:
    store(*ct_series(3), mr_instance(), us_instance(), pdf_instance(), area=area)
    found = [
        row
        for study in Study.objects.all()
        for row in instances(Target(study=study.study_instance_uid), principal=ADMIN)
    ]
    for name, chunks in disc(found, area=area, ae_title="PACSHUB"):
        path = tmp_path / "disc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(chunks))
    written = [path for path in (tmp_path / "disc").rglob("*") if path.is_file()]
    assert len(written) == 7
    assert {path.name: errors(path) for path in written if errors(path)} == {}
    with open_door(settings, tmp_path) as port:
        hub = ("-aet", "CT1", "-aec", "PACSHUB", "127.0.0.1", str(port))
        directory = str(tmp_path / "disc" / "DICOMDIR")
        sent = run("dcmsend", "-v", "--read-from-dicomdir", *hub, directory)
    assert sent.code == 0, sent.text
    assert "with status SUCCESS  : 6" in sent.text, sent.text
    assert Instance.objects.count() == 6
    assert not KeptAside.objects.exists()
