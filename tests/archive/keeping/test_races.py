"""Two that work on one study at once: nothing is lost, and what was removed stays removed."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from archive.keeping import queries, services
from archive.keeping.models import Discarded, Finding
from archive.models import Instance, KeptAside, Study
from archive.rejection.models import RejectionNote
from archive.rejection.services import take_note, undo_rejection
from archive.storage.area import StorageAway
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import ct_instance, ct_series
from tests.support.rejection import of_a_study, rejection_note
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = Origin(door="hub", actor="keeping")


def nobody(ids: Collection[int]) -> Collection[int]:
    return ()


def apply(*, veto: queries.Veto = nobody, cold: bool = False) -> services.Applied:
    return services.apply_rules(
        area=current_area(),
        veto=veto,
        has_cold_area=cold,
        limit=100,
        pages=100,
        after={},
        origin=ORIGIN,
    )


def rule(**over: Any) -> None:
    services.replace_rules([{"name": "r", "action": "delete", "days": 0, **over}])


def rebuild() -> services.Reindexed:
    return services.reindex(area=current_area(), default_issuer="GH", tell=lambda done: None)


@pytest.fixture
def cold(settings: Settings, tmp_path: Path, area: FilesystemArea) -> Path:
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    return tmp_path / "cold"


class Meanwhile:
    """The hub's area; before the n-th use of one of its methods, something else happens."""

    def __init__(self, method: str, act: Any, *, at: int = 1) -> None:
        self._method, self._act, self._left = method, act, at

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            self._left -= 1
            if self._left == 0:
                self._act()
        return getattr(current_area(), name)


def test_copies_of_a_study_that_goes_while_it_moves_are_removed(
    area: FilesystemArea, cold: Path
) -> None:
    rows = store(*ct_series(2), area=area)
    settle()
    rule()
    racing: Any = Meanwhile("size", apply)
    services.move_to_cold(study_id=rows[0].study_id, area=racing, origin=ORIGIN)
    assert not Study.objects.exists()
    keys = {found.key for found in current_area().objects()}
    assert keys == {row.key for row in Discarded.objects.all()}
    assert len(keys) == 4


def test_what_is_left_of_a_removed_study_does_not_come_back(
    area: FilesystemArea, cold: Path
) -> None:
    """A copy nobody wrote down, as a process leaves it that is killed in the middle of a move."""
    (row,) = store(ct_instance(), area=area)
    settle()
    left = cold / row.storage_key
    left.parent.mkdir(parents=True)
    left.write_bytes(area.path(row.storage_key).read_bytes())
    long_ago = clock.now().timestamp() - 7200
    os.utime(left, (long_ago, long_ago))
    rule()
    assert apply().deleted == 1
    assert rebuild().filed == 0
    services.verify_all(
        area=current_area(), default_issuer="GH", repair=True, tell=lambda finding: None
    )
    assert not Study.objects.exists()
    assert Finding.objects.get().text == "to be removed, as its study was"
    assert f"cold/{row.storage_key}" in {each.key for each in Discarded.objects.all()}


def test_a_study_that_is_sent_again_after_it_went_stays(area: FilesystemArea) -> None:
    store(ct_instance(), area=area)
    settle()
    rule()
    apply()
    (row,) = store(ct_instance(), area=area)
    Instance.objects.all().delete()
    Discarded.objects.all().delete()
    assert rebuild().filed == 1
    assert Instance.objects.get().storage_key == row.storage_key


def test_a_hold_that_is_placed_while_the_index_is_rebuilt_stands(area: FilesystemArea) -> None:
    rows = store(*ct_series(2), area=area)
    settle()
    uid = rows[0].study.study_instance_uid
    Instance.objects.filter(pk=rows[1].pk).delete()

    def hold(done: services.Reindexed) -> None:
        services.hold(study_instance_uid=uid, reason="a court asks", origin=ORIGIN)

    services.reindex(area=current_area(), default_issuer="GH", tell=hold)
    assert Study.objects.get().legal_hold


def test_bytes_are_set_aside_with_their_row_whatever_breaks_off(area: FilesystemArea) -> None:
    path = area.path("aa/odd")
    path.parent.mkdir()
    path.write_bytes(b"no dicom")
    away: Any = Meanwhile("rename", _away)
    with pytest.raises(StorageAway):
        services.reindex(area=away, default_issuer="GH", tell=lambda done: None)
    assert path.exists()
    assert not KeptAside.objects.exists()
    assert rebuild().aside == 1
    assert area.path(KeptAside.objects.get().storage_key).read_bytes() == b"no dicom"


def _away() -> None:
    raise StorageAway("away")


def test_objects_are_read_before_the_database_is_held(area: FilesystemArea) -> None:
    store(*ct_series(3), area=area)
    Instance.objects.all().delete()
    held: list[bool] = []
    watching: Any = Meanwhile("open", lambda: held.append(connection.in_atomic_block), at=1)
    services.reindex(area=watching, default_issuer="GH", tell=lambda done: None)
    assert held == [False]
    assert Instance.objects.count() == 3


def test_a_rejection_that_is_undone_at_the_last_moment_saves_the_study(
    area: FilesystemArea,
) -> None:
    objects = of_a_study(2)
    store(*objects, area=area)
    (note,) = store(rejection_note(*objects, title="113039"), area=area)
    take_note(sop_instance_uid=note.sop_instance_uid, area=area, origin=ORIGIN)
    settle()
    rule(days=10_000)
    asked: list[int] = []

    def veto(ids: Collection[int]) -> Collection[int]:
        asked.append(1)
        if len(asked) == 1:
            undo_rejection(note_id=RejectionNote.objects.get().pk, text="no", origin=ORIGIN)
        return ()

    assert apply(veto=veto).deleted == 0
    assert Study.objects.exists()


def test_a_study_that_grows_again_does_not_stop_the_others(
    area: FilesystemArea, cold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = ct_instance(), ct_instance(StudyInstanceUID="1.2.3.999", SOPInstanceUID="1.2.9")
    store(first, second, area=area)
    settle()
    rule(action="cold")
    real = clock.now

    def grows() -> Any:
        Study.objects.filter(study_instance_uid=first.StudyInstanceUID).update(state="receiving")
        return real()

    page = queries.due_page(queries.retention_rules()[0], now=real(), veto=nobody, after=0)
    assert len(page[0]) == 2
    monkeypatch.setattr("archive.keeping.services._retention.due_page", lambda *a, **k: page)
    grows()
    assert apply(cold=True).moved == 1


def test_every_cold_study_that_was_opened_is_seen_among_many(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    settle()
    Study.objects.update(tier="cold")
    for number in range(600):
        audit.record(
            action="view", object_type="study", object_id=f"0.{number}", origin=ORIGIN, patient_id=1
        )
    audit.record(
        action="view",
        object_type="study",
        object_id=row.study.study_instance_uid,
        origin=ORIGIN,
        patient_id=1,
    )
    since = clock.now() - timedelta(minutes=5)
    assert [study.pk for study in queries.opened_cold_studies(since=since)] == [row.study_id]
