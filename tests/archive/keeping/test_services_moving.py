"""Studies go to the cold area and come back; nothing is lost wherever it stops."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from archive.keeping import services
from archive.keeping.models import DailyVolume, Discarded, Finding
from archive.models import Instance, Study
from archive.storage.area import NoSuchObject, StorageAway
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from pacs_hub.audit import services as audit
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import ct_instance, ct_series
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = Origin(door="hub", actor="keeping")


class Stopped(BaseException):
    """The process ended here."""


class StoppingArea:
    """The hub's area; at its n-th step the process ends, before or after it was done."""

    def __init__(self, *, at: int, after: bool) -> None:
        self.steps, self.at, self.after = 0, at, after

    def __getattr__(self, name: str) -> Any:
        real = getattr(current_area(), name)

        def step(*args: Any, **kwargs: Any) -> Any:
            self.steps += 1
            if self.steps == self.at and not self.after:
                raise Stopped
            answer = real(*args, **kwargs)
            if self.steps == self.at:
                raise Stopped
            return answer

        return step


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Move the clock on."""
    real, ahead = clock.now, [timedelta(0)]

    def now() -> datetime:
        return real() + ahead[0]

    def move(by: timedelta) -> None:
        ahead[0] += by

    monkeypatch.setattr(clock, "now", now)
    return move


@pytest.fixture(autouse=True)
def cold(settings: Settings, tmp_path: Path, area: FilesystemArea) -> Path:
    """A cold area beside the main one."""
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    return tmp_path / "cold"


def a_study(area: FilesystemArea, number: int = 3) -> Study:
    rows = store(*ct_series(number), area=area)
    settle()
    return rows[0].study


def all_read_back() -> bool:
    for row in Instance.objects.all():
        with current_area().open(row.storage_key) as file:
            if hashlib.sha256(file.read()).hexdigest() != row.sha256:
                return False
    return True


def keys() -> set[str]:
    return {found.key for found in current_area().objects()}


def test_a_study_moves_and_is_read_where_it_lies(area: FilesystemArea, later: Any) -> None:
    study = a_study(area)
    moved = services.move_to_cold(study_id=study.pk, area=current_area(), origin=ORIGIN)
    assert (moved.objects, moved.left) == (3, 0)
    study.refresh_from_db()
    assert study.tier == "cold"
    assert all(row.storage_key.startswith("cold/") for row in Instance.objects.all())
    assert all_read_back()
    assert "moved to the cold area" in AuditRow.objects.order_by("-pk")[0].detail
    assert len(keys()) == 6
    for _ in range(2):
        later(timedelta(minutes=20))
        services.remove_discarded(area=current_area(), limit=100)
    assert keys() == {row.storage_key for row in Instance.objects.all()}
    assert not Discarded.objects.exists()
    assert [path for path in area.path(".bin").rglob("*") if path.is_file()] == []
    back = services.recall(study_id=study.pk, area=current_area(), origin=ORIGIN)
    study.refresh_from_db()
    assert (back.objects, study.tier) == (3, "main")
    assert all_read_back()


@pytest.mark.parametrize("after", [False, True])
def test_nothing_is_lost_wherever_a_move_stops(
    area: FilesystemArea, later: Any, after: bool
) -> None:
    study = a_study(area, 2)
    steps = 0
    for move in (services.move_to_cold, services.recall):
        at = 0
        while True:
            at += 1
            stopping: Any = StoppingArea(at=at, after=after)
            try:
                moved = move(study_id=study.pk, area=stopping, origin=ORIGIN)
            except Stopped:
                assert all_read_back()
                steps += 1
                continue
            assert moved.objects == 2
            break
        for _ in range(2):
            later(timedelta(minutes=20))
            for at in range(1, 5):
                stopping = StoppingArea(at=at, after=after)
                try:
                    services.remove_discarded(area=stopping, limit=100)
                except Stopped:
                    steps += 1
            services.remove_discarded(area=current_area(), limit=100)
            assert all_read_back()
    assert steps >= 20
    later(timedelta(hours=2))
    services.verify_all(
        area=current_area(), default_issuer="GH", repair=True, tell=lambda finding: None
    )
    for _ in range(2):
        later(timedelta(minutes=20))
        services.remove_discarded(area=current_area(), limit=100)
    assert keys() == {row.storage_key for row in Instance.objects.all()}
    assert not Finding.objects.filter(state="open").exists()


def test_a_cold_study_that_grows_is_warm_again_and_moves_as_a_whole(area: FilesystemArea) -> None:
    first, late = ct_series(2)
    (row,) = store(first, area=area)
    settle()
    services.move_to_cold(study_id=row.study_id, area=current_area(), origin=ORIGIN)
    store(late, area=current_area())
    assert Study.objects.get().tier == "main"
    settle()
    moved = services.move_to_cold(study_id=row.study_id, area=current_area(), origin=ORIGIN)
    assert (moved.objects, Study.objects.get().tier) == (1, "cold")


def test_a_damaged_object_stays_where_it_is_and_is_told(area: FilesystemArea, cold: Path) -> None:
    study = a_study(area)
    row = Instance.objects.order_by("pk")[1]
    area.path(row.storage_key).write_bytes(b"x" * row.size)
    moved = services.move_to_cold(study_id=study.pk, area=current_area(), origin=ORIGIN)
    study.refresh_from_db()
    assert (moved.objects, moved.left, study.tier) == (2, 1, "main")
    assert Finding.objects.get().key == row.storage_key


def test_a_study_that_still_receives_is_not_moved(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    with pytest.raises(services.StudyReceives):
        services.move_to_cold(study_id=row.study_id, area=current_area(), origin=ORIGIN)


def test_a_cold_area_that_is_away_leaves_the_study_where_it_is(
    area: FilesystemArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = a_study(area)

    class Away(StoppingArea):
        def keep(self, *args: Any) -> None:
            raise StorageAway("away")

    away: Any = Away(at=0, after=False)
    with pytest.raises(StorageAway):
        services.move_to_cold(study_id=study.pk, area=away, origin=ORIGIN)
    assert all_read_back()
    assert not Instance.objects.filter(storage_key__startswith="cold/").exists()
    assert list(area.path(".spool").iterdir()) == []


def test_an_object_sent_again_while_its_old_bytes_go_is_not_lost(
    area: FilesystemArea, later: Any
) -> None:
    sent = ct_instance()
    (row,) = store(sent, area=area)
    settle()
    later(timedelta(minutes=20))
    Discarded.objects.create(key=row.storage_key, size=row.size, at=row.received_at)
    row.delete()
    assert services.remove_discarded(area=current_area(), limit=9) == 0
    with pytest.raises(NoSuchObject):
        area.open(row.storage_key)
    Instance.objects.create(
        **{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    )
    later(timedelta(minutes=20))
    services.remove_discarded(area=current_area(), limit=9)
    assert all_read_back()


def test_an_opened_study_is_called_back_and_one_just_moved_is_not(
    area: FilesystemArea, later: Any
) -> None:
    study = a_study(area)

    def opened() -> None:
        uid = study.study_instance_uid
        audit.record(action="view", object_type="study", object_id=uid, origin=ORIGIN)

    opened()
    later(timedelta(minutes=1))
    services.move_to_cold(study_id=study.pk, area=current_area(), origin=ORIGIN)
    assert services.tend(area=current_area(), recall_limit=5) == 0
    later(timedelta(minutes=1))
    opened()
    assert services.tend(area=current_area(), recall_limit=5) == 1
    study.refresh_from_db()
    assert study.tier == "main"


def test_what_the_areas_hold_is_counted(area: FilesystemArea) -> None:
    study = a_study(area)
    store(ct_instance(), area=area)
    services.move_to_cold(study_id=study.pk, area=current_area(), origin=ORIGIN)
    for _ in range(2):
        services.count_volume()
    day = DailyVolume.objects.get()
    assert (day.number_of_objects, day.number_of_cold_objects) == (1, 3)
    assert day.bytes + day.cold_bytes == sum(Instance.objects.values_list("size", flat=True))
