"""Keeping on a real S3 server: verification, rebuilding, the cold tier, and when it fails."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.keeping import services
from archive.keeping.models import Finding
from archive.models import Instance, KeptAside, Patient, Series, Study
from archive.storage.area import StorageAway
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel.origin import Origin
from tests.support.callers import caller
from tests.support.datasets import ct_instance, ct_series
from tests.support.peers.s3 import S3Server
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = Origin(door="hub", actor="keeping")


def verify(*, repair: bool = True) -> int:
    return services.verify_all(
        area=current_area(),
        default_issuer="GH",
        repair=repair,
        tell=lambda finding: None,
        pause=lambda seconds: None,
    )[1]


def test_the_index_of_a_bucket_is_rebuilt_and_healed(
    settings: Settings, tmp_path: Path, s3: S3Server
) -> None:
    s3.use(settings, home=tmp_path)
    rows = store(*ct_series(3), area=current_area())
    settle()
    spool = current_area().spool()
    spool.file.write(b"odd")
    current_area().keep(spool, "00/odd.dcm")
    for table in (Instance, Series, Study, Patient):
        table.objects.all().delete()
    done = services.reindex(area=current_area(), default_issuer="GH", tell=lambda done: None)
    assert (done.filed, done.aside) == (3, 1)
    assert KeptAside.objects.get().reason == "not-dicom"
    assert list((tmp_path / "spool").iterdir()) == []
    assert verify() == 0
    Instance.objects.get(sop_instance_uid=rows[0].sop_instance_uid).delete()
    assert verify(repair=False) == 1
    assert verify() == 0
    assert Instance.objects.count() == 3
    current_area().delete(rows[1].storage_key)
    assert verify() == 1


def test_a_bucket_that_is_away_is_no_finding(
    settings: Settings, tmp_path: Path, s3: S3Server
) -> None:
    s3.use(settings, home=tmp_path, seconds=0.5)
    store(ct_instance(), area=current_area())
    services.verify_some(area=current_area(), bytes_per_second=1e9, default_issuer="GH")
    s3.line.mode = "fail"
    with pytest.raises(StorageAway):
        verify()
    s3.line.mode = "pass"
    assert not Finding.objects.exists()


def test_a_study_goes_to_the_bucket_is_read_there_and_comes_back(
    settings: Settings, tmp_path: Path, s3: S3Server, area: FilesystemArea
) -> None:
    s3.use(settings, home=tmp_path, cold=True, seconds=0.5)
    rows = store(*ct_series(2), area=area)
    settle()
    study = rows[0].study
    s3.line.mode = "fail"
    with pytest.raises(StorageAway):
        services.move_to_cold(study_id=study.pk, area=current_area(), origin=ORIGIN)
    s3.line.mode = "pass"
    assert services.move_to_cold(study_id=study.pk, area=current_area(), origin=ORIGIN).left == 0
    for row in rows:
        area.delete(row.storage_key)
        with current_area().open(f"cold/{row.storage_key}") as file:
            assert hashlib.sha256(file.read()).hexdigest() == row.sha256
    place = f"/dicom-web/studies/{study.study_instance_uid}/series/"
    place += f"{rows[0].series.series_instance_uid}/instances/{rows[0].sop_instance_uid}/frames/1"
    answer = caller("radiologist").get(place, headers={"Accept": "application/octet-stream"})
    assert answer.status_code == 200
    assert services.recall(study_id=study.pk, area=current_area(), origin=ORIGIN).objects == 2
    assert area.size(rows[0].storage_key) == rows[0].size
