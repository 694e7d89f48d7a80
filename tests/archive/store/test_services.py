"""An object is filed once, durably, and never overwritten; what cannot be filed is kept aside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archive.models import Instance, KeptAside, Patient, Study
from archive.storage.filesystem import FilesystemArea
from archive.store.services import DifferentObject, ReceivedObject, StoredInstance, store_instance
from pacs_hub.kernel.errors import Malformed
from pacs_hub.outbox.models import OutboxMessage
from tests.support.builders import CT1, a_patient
from tests.support.datasets import ct_instance, part10

pytestmark = pytest.mark.django_db
EXPLICIT = "1.2.840.10008.1.2.1"


@pytest.fixture
def area(tmp_path: Path) -> FilesystemArea:
    return FilesystemArea(tmp_path)


def receive(area: FilesystemArea, content: bytes, **command: str) -> StoredInstance:
    spool = area.spool()
    spool.file.write(content)
    received = ReceivedObject(spool=spool, transfer_syntax_uid=EXPLICIT, **command)
    return store_instance(received=received, area=area, origin=CT1, default_issuer="GH")


def files(area: FilesystemArea, tmp_path: Path) -> list[Path]:
    return [p for p in tmp_path.rglob("*") if p.is_file() and not p.parent.name.startswith(".")]


def test_the_bytes_are_kept_as_they_came(area: FilesystemArea) -> None:
    content = part10(ct_instance())
    stored = receive(area, content)
    row = Instance.objects.get(sop_instance_uid=stored.sop_instance_uid)
    with area.open(row.storage_key) as file:
        assert file.read() == content
    assert row.size == len(content)


def test_the_first_object_opens_the_study_and_tells_it_once(area: FilesystemArea) -> None:
    first = ct_instance()
    receive(area, part10(first))
    receive(area, part10(ct_instance(StudyInstanceUID=first.StudyInstanceUID)))
    assert Study.objects.count() == 1
    assert OutboxMessage.objects.filter(event="StudyStarted").count() == 1


def test_the_same_object_again_changes_nothing(area: FilesystemArea, tmp_path: Path) -> None:
    content = part10(ct_instance())
    assert receive(area, content).outcome == "stored"
    assert receive(area, content).outcome == "duplicate"
    assert Instance.objects.count() == 1
    assert len(files(area, tmp_path)) == 1


def test_another_object_under_a_taken_uid_is_kept_aside(area: FilesystemArea) -> None:
    dataset = ct_instance()
    receive(area, part10(dataset))
    dataset.PatientComments = "changed"
    with pytest.raises(DifferentObject):
        receive(area, part10(dataset))
    kept = KeptAside.objects.get()
    assert (kept.reason, kept.calling_ae) == ("different-object", "CT1")
    assert area.path(kept.storage_key).stat().st_size == kept.size


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not dicom at all",
        b"\0" * 128 + b"DICM",
        part10(ct_instance())[:200],
        part10(ct_instance())[:900],
        part10(ct_instance())[:-10],
    ],
    ids=["empty", "text", "preamble-only", "cut-in-meta", "cut-in-header", "cut-in-pixels"],
)
def test_what_is_not_dicom_is_kept_aside(area: FilesystemArea, content: bytes) -> None:
    with pytest.raises(Malformed):
        receive(area, content)
    assert KeptAside.objects.count() == 1
    assert not Instance.objects.exists()


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("StudyInstanceUID", ""),
        ("SeriesInstanceUID", ""),
        ("StudyInstanceUID", "../../../etc/passwd"),
        ("SeriesInstanceUID", "1.2/3"),
        ("SOPInstanceUID", "../1"),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_an_object_without_identity_is_kept_aside_and_leaves_the_root_alone(
    area: FilesystemArea, tmp_path: Path, keyword: str, value: str
) -> None:
    with pytest.raises(Malformed):
        receive(area, part10(ct_instance(**{keyword: value})))
    assert KeptAside.objects.count() == 1
    assert files(area, tmp_path) == []


def test_an_object_other_than_announced_is_refused(area: FilesystemArea) -> None:
    with pytest.raises(Malformed) as refusal:
        receive(area, part10(ct_instance()), sop_class_uid="1.2", sop_instance_uid="1.3")
    assert refusal.value.error_code == "class-mismatch"


def test_an_unknown_patient_is_provisional_and_a_known_one_is_found(area: FilesystemArea) -> None:
    known = a_patient()
    receive(area, part10(ct_instance(PatientID="P1", IssuerOfPatientID="")))
    receive(area, part10(ct_instance(PatientID="P9", IssuerOfPatientID="")))
    assert Study.objects.filter(patient=known).count() == 1
    assert Patient.objects.get(identifiers__value="P9").state == "provisional"


def test_images_without_patient_id_are_filed_and_never_mixed(area: FilesystemArea) -> None:
    receive(area, part10(ct_instance(PatientID="")))
    receive(area, part10(ct_instance(PatientID="")))
    assert Patient.objects.count() == 2


def test_storing_one_more_object_costs_few_queries(
    area: FilesystemArea, django_assert_max_num_queries: Any
) -> None:
    first = ct_instance()
    receive(area, part10(first))
    more = ct_instance(
        StudyInstanceUID=first.StudyInstanceUID, SeriesInstanceUID=first.SeriesInstanceUID
    )
    with django_assert_max_num_queries(6):
        receive(area, part10(more))
