"""An object that comes once more, from elsewhere or by another door, is the one that is stored."""

from __future__ import annotations

import io

import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
)

from archive.models import Instance, KeptAside
from archive.storage.filesystem import FilesystemArea
from archive.store.services import DifferentObject, ReceivedObject, StoredInstance, store_instance
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import ct_instance, dx_instance, part10, us_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db
JPEG_LS, DEFLATED = str(JPEGLSLossless), str(DeflatedExplicitVRLittleEndian)
EXPLICIT, IMPLICIT = str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian)


def wrapped(dataset: Dataset, *, syntax: str = EXPLICIT) -> bytes:
    """Return a Part 10 file as another archive writes it."""
    file = pydicom.dcmread(io.BytesIO(part10(dataset, transfer_syntax_uid=syntax)))
    file.file_meta.ImplementationClassUID = "1.2.3.4"
    file.file_meta.SourceApplicationEntityTitle = "ELSEWHERE"
    written = io.BytesIO()
    file.save_as(written)
    return written.getvalue()


def again(area: FilesystemArea, content: bytes, *, syntax: str = EXPLICIT) -> StoredInstance:
    """Take the file in from another archive."""
    spool = area.spool()
    spool.file.write(content)
    return store_instance(
        received=ReceivedObject(spool=spool, transfer_syntax_uid=syntax),
        area=area,
        origin=Origin.over_dimse(calling_ae="ELSEWHERE", address="127.0.0.1"),
        default_issuer="GH",
    )


@pytest.mark.parametrize("size", [{}, {"rows": 700, "columns": 700}])
def test_another_wrapping_is_no_other_object(area: FilesystemArea, size: dict[str, int]) -> None:
    dataset = ct_instance(**size)
    (row,) = store(dataset, area=area)
    content = wrapped(dataset)
    assert content != area.path(row.storage_key).read_bytes()
    assert again(area, content).outcome == "duplicate"
    assert Instance.objects.get().sha256 == row.sha256
    assert not KeptAside.objects.exists()
    assert list(area.path(".spool").iterdir()) == []


@pytest.mark.parametrize("change", [{"PixelData": bytes(2048)}, {"PatientComments": "two"}])
def test_another_value_is_another_object(area: FilesystemArea, change: dict[str, object]) -> None:
    dataset = ct_instance(PatientComments="one")
    store(dataset, area=area)
    dataset.update(change)
    with pytest.raises(DifferentObject):
        again(area, wrapped(dataset))
    assert KeptAside.objects.get().reason == "different-object"


def test_another_way_of_writing_is_no_other_object(area: FilesystemArea) -> None:
    dataset = dx_instance()
    store(dataset, area=area)
    dataset["AnatomicRegionSequence"].is_undefined_length = True
    dataset.AnatomicRegionSequence[0].is_undefined_length_sequence_item = True
    dataset.add_new(0x00080000, "UL", 4)
    assert again(area, wrapped(dataset)).outcome == "duplicate"
    assert again(area, wrapped(dataset, syntax=IMPLICIT), syntax=IMPLICIT).outcome == "duplicate"
    dataset.AnatomicRegionSequence[0].CodeMeaning = "Leg"
    with pytest.raises(DifferentObject):
        again(area, wrapped(dataset))


@pytest.mark.parametrize("syntax", [JPEG_LS, DEFLATED])
def test_compressed_it_is_known_again_in_the_same_syntax_alone(
    area: FilesystemArea, syntax: str
) -> None:
    dataset = us_instance()
    store(dataset, area=area, transfer_syntax_uid=syntax)
    assert again(area, wrapped(dataset, syntax=syntax), syntax=syntax).outcome == "duplicate"
    with pytest.raises(DifferentObject):
        again(area, wrapped(dataset))
    brighter = us_instance(SOPInstanceUID=dataset.SOPInstanceUID)
    with pytest.raises(Conflict):
        again(area, wrapped(brighter, syntax=syntax), syntax=syntax)


def test_where_the_stored_one_cannot_be_read_nothing_is_thrown_away(area: FilesystemArea) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area)
    area.path(row.storage_key).unlink()
    with pytest.raises(DifferentObject):
        again(area, wrapped(dataset))
    kept = KeptAside.objects.get()
    assert area.path(kept.storage_key).read_bytes() == wrapped(dataset)
