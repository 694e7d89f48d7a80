"""Studies are counted while they grow and settle when they are quiet."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive.models import Instance, Series, Study
from archive.storage.filesystem import FilesystemArea
from archive.store.completion import bring_up_to_date, settle
from pacs_hub.kernel import clock
from pacs_hub.outbox.models import OutboxMessage
from tests.support.datasets import ct_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db


@pytest.fixture
def area(tmp_path: Path) -> FilesystemArea:
    return FilesystemArea(tmp_path)


def events() -> list[str]:
    rows = OutboxMessage.objects.filter(event__startswith="Study").order_by("id")
    return list(rows.values_list("event", flat=True))


def three_objects(area: FilesystemArea) -> Study:
    first = ct_instance()
    same = {"StudyInstanceUID": first.StudyInstanceUID}
    in_series = {**same, "SeriesInstanceUID": first.SeriesInstanceUID}
    store(first, ct_instance(**in_series), ct_instance(**same), area=area)
    return Study.objects.get()


def test_a_growing_study_is_counted_and_told_once_for_each_growth(area: FilesystemArea) -> None:
    three_objects(area)
    bring_up_to_date(quiet_seconds=60)
    bring_up_to_date(quiet_seconds=60)
    study = Study.objects.get()
    assert (study.number_of_instances, study.number_of_series, study.state) == (3, 2, "receiving")
    assert sorted(Series.objects.values_list("number_of_instances", flat=True)) == [1, 2]
    assert events() == ["StudyStarted", "StudyGrew"]


def test_a_quiet_study_settles(area: FilesystemArea) -> None:
    three_objects(area)
    Instance.objects.update(received_at=clock.now() - timedelta(seconds=61))
    bring_up_to_date(quiet_seconds=60)
    assert Study.objects.get().state == "received"
    assert events() == ["StudyStarted", "StudyReceived"]


def test_a_late_object_opens_the_study_again(area: FilesystemArea) -> None:
    study = three_objects(area)
    settle(study_instance_uid=study.study_instance_uid)
    store(ct_instance(StudyInstanceUID=study.study_instance_uid), area=area)
    assert Study.objects.get().state == "receiving"
    bring_up_to_date(quiet_seconds=0)
    assert events() == ["StudyStarted", "StudyReceived", "StudyStarted", "StudyReceived"]
    assert Study.objects.get().number_of_instances == 4


def test_a_study_settles_once_whoever_says_so(
    area: FilesystemArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its modality says that all was sent while the sweep has it on its list."""
    (row,) = store(ct_instance(), area=area)
    uid = row.study.study_instance_uid
    real = clock.now

    def now() -> datetime:
        monkeypatch.setattr(clock, "now", real)
        settle(study_instance_uid=uid)
        return real()

    monkeypatch.setattr(clock, "now", now)
    bring_up_to_date(quiet_seconds=0)
    assert events().count("StudyReceived") == 1
