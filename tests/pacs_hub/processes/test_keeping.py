"""The sweeps that keep the archive, and the command that shows what they would do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from pytest_django import Settings

from archive.keeping.models import DailyVolume, VerificationRound
from archive.keeping.services import replace_rules
from archive.models import Study
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel import clock
from pacs_hub.processes import keeping
from tests.support.builders import an_exam
from tests.support.datasets import ct_instance
from tests.support.stored import area_in, settle, store
from worklist.exams.models import Exam, ExamStatus
from worklist.reconcile.models import MatchState, StudyMatch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    """An empty archive."""
    cache.clear()
    return area_in(tmp_path / "objects", settings)


def an_old_study(area: FilesystemArea) -> Study:
    (row,) = store(ct_instance(), area=area)
    settle()
    old = clock.now() - timedelta(days=900)
    Study.objects.filter(pk=row.study_id).update(last_received_at=old)
    return Study.objects.get(pk=row.study_id)


def test_a_study_of_an_open_exam_stays_until_the_exam_is_closed(
    area: FilesystemArea, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("hub_retention")
    assert "no rule: nothing is deleted" in capsys.readouterr().out
    study = an_old_study(area)
    exam = an_exam()
    StudyMatch.objects.create(
        study=study, exam=exam, state=MatchState.LINKED, decided_by="kim", decided_at=clock.now()
    )
    replace_rules([{"name": "old", "action": "delete", "days": 365}])
    keeping.apply_retention()
    call_command("hub_retention", "--dry-run")
    told = capsys.readouterr().out
    assert "kept: an exam of it is open" in told
    assert "rule old: would delete 0 studies, 0 bytes; 1 are kept" in told
    Exam.objects.update(status=ExamStatus.CANCELLED)
    keeping.apply_retention()
    assert Study.objects.count() == 0


def test_a_study_without_an_exam_goes(
    area: FilesystemArea, capsys: pytest.CaptureFixture[str]
) -> None:
    an_old_study(area)
    replace_rules([{"name": "old", "action": "delete", "days": 365}])
    call_command("hub_retention", "--apply")
    assert "deleted 1, moved 0, kept 0 studies" in capsys.readouterr().out


def test_each_sweep_does_its_piece_and_two_of_a_kind_never_run_at_once(
    area: FilesystemArea,
) -> None:
    an_old_study(area)
    for sweep in (keeping.verify_archive, keeping.tend_archive, keeping.count_volume):
        sweep()
    assert VerificationRound.objects.count() == DailyVolume.objects.count() == 1
    cache.add("keeping.move", 1, 60)
    replace_rules([{"name": "old", "action": "delete", "days": 365}])
    keeping.apply_retention()
    assert Study.objects.count() == 1


def test_volume_is_counted_at_once_and_then_after_a_pause(area: FilesystemArea) -> None:
    def objects() -> int:
        return DailyVolume.objects.get().number_of_objects

    keeping.count_volume()
    assert objects() == 0
    store(ct_instance(), area=area)
    keeping.count_volume()
    assert objects() == 0
    cache.delete(keeping.COUNT_AGAIN)
    keeping.count_volume()
    assert objects() == 1
