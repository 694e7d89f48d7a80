"""The index is rebuilt from the objects alone; what is there, and its links, stay."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pydicom.uid import JPEGLSLossless
from pytest_django import Settings

from archive.keeping import services
from archive.keeping.services import Reindexed
from archive.models import Instance, KeptAside, Patient, Series, Study
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from archive.store.models import StudyState
from archive.store.services import file_under, release_kept_aside
from pacs_hub.access.services import set_site
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.models import OutboxMessage
from tests.support.builders import a_patient
from tests.support.datasets import ct_instance, ct_series, mr_instance
from tests.support.dicom_door import open_door
from tests.support.peers.modality import Modality
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db(transaction=True)
INDEXED = (
    "sop_instance_uid",
    "sop_class_uid",
    "transfer_syntax_uid",
    "storage_key",
    "size",
    "sha256",
    "calling_ae",
    "rows",
    "number_of_frames",
    "series__series_instance_uid",
    "series__number_of_instances",
    "study__study_instance_uid",
    "study__number_of_instances",
    "study__number_of_series",
    "study__modalities",
    "study__state",
    "study__patient__name",
)


def index() -> list[tuple[object, ...]]:
    return sorted(Instance.objects.values_list(*INDEXED))


def rebuild() -> Reindexed:
    return services.reindex(area=current_area(), default_issuer="GH", tell=lambda done: None)


def empty_the_index() -> None:
    for table in (Instance, Series, Study, Patient, OutboxMessage):
        table.objects.all().delete()


def test_an_empty_index_is_as_it_was_and_nobody_is_woken(
    settings: Settings, tmp_path: Path
) -> None:
    first, *rest = ct_series(3)
    other = mr_instance(StudyInstanceUID=first.StudyInstanceUID)
    with open_door(settings, tmp_path) as port:
        Modality(port).store(first, *rest, other, ct_instance())
    settle()
    before = index()
    received = Study.objects.order_by("pk")[0].last_received_at
    empty_the_index()
    done = rebuild()
    assert (done.objects, done.filed, done.known, done.aside) == (5, 5, 0, 0)
    assert index() == before
    assert not OutboxMessage.objects.filter(event__startswith="Study").exists()
    study = Study.objects.get(study_instance_uid=first.StudyInstanceUID)
    assert (study.state, study.calling_ae) == (StudyState.RECEIVED, "CT1")
    assert abs(study.last_received_at - received) < timedelta(seconds=5)


def test_what_is_there_stays_with_its_links(area: FilesystemArea) -> None:
    kept, lost = store(*ct_series(2), area=area)
    settle()
    other = a_patient()
    file_under(study_id=kept.study_id, patient=other, referrer_id="D1")
    lost.delete()
    done = rebuild()
    assert (done.filed, done.known) == (1, 1)
    study = Study.objects.get()
    assert (study.patient_id, study.referrer_id) == (other.pk, "D1")
    assert study.number_of_instances == 2
    assert rebuild().filed == 0


def test_what_cannot_be_read_is_set_aside_with_its_row(
    area: FilesystemArea, tmp_path: Path
) -> None:
    (tmp_path / "objects/00").mkdir()
    (tmp_path / "objects/00/odd.dcm").write_bytes(b"odd" * 100)
    store(ct_instance(), area=area)
    empty_the_index()
    done = rebuild()
    assert (done.filed, done.aside) == (1, 1)
    assert KeptAside.objects.get().size == 300
    assert rebuild().aside == 0


def test_the_policies_of_today_do_not_judge_what_is_here(area: FilesystemArea) -> None:
    store(*ct_series(2), area=area)
    one, other = ct_series(2)
    other.PatientName, other.PatientBirthDate = "Roe^Richard", "19010101"
    with pytest.raises(Conflict):
        store(one, other, area=area)
    release_kept_aside(
        kept_aside_id=KeptAside.objects.get().pk,
        area=area,
        origin=Origin.over_http(user="kim"),
        default_issuer="GH",
    )
    set_site(
        name="GH", facility="GH", time_zone="UTC", default_issuer="GH", archive={"quota_gb": 0}
    )
    empty_the_index()
    KeptAside.objects.all().delete()
    assert (rebuild().filed, KeptAside.objects.count()) == (4, 0)


def test_cold_objects_are_indexed_where_they_lie(
    settings: Settings, area: FilesystemArea, tmp_path: Path
) -> None:
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    (row,) = store(ct_instance(), area=area)
    place = tmp_path / "cold" / row.storage_key
    place.parent.mkdir(parents=True)
    area.path(row.storage_key).rename(place)
    empty_the_index()
    rebuild()
    assert Instance.objects.get().storage_key == f"cold/{row.storage_key}"
    assert Study.objects.get().tier == "cold"


def test_the_command_says_how_far_it_is(
    area: FilesystemArea, capsys: pytest.CaptureFixture[str]
) -> None:
    store(ct_instance(), area=area)
    empty_the_index()
    call_command("hub_reindex")
    assert "1 objects, 1 filed, 0 known, 0 set aside" in capsys.readouterr().out


def test_an_object_costs_a_handful_of_statements(area: FilesystemArea) -> None:
    store(*ct_series(100), area=area)
    empty_the_index()
    with CaptureQueriesContext(connection) as asked:
        assert rebuild().filed == 100
    assert len(asked) < 100 * 10


def test_other_transfer_syntaxes_are_named_as_they_are(area: FilesystemArea) -> None:
    store(ct_instance(), area=area, transfer_syntax_uid=JPEGLSLossless)
    empty_the_index()
    rebuild()
    assert Instance.objects.get().transfer_syntax_uid == JPEGLSLossless
