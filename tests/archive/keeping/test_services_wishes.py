"""Moves that people ask for: done in the background, tried again, and told where they cannot."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.keeping import queries, services
from archive.models import Instance, Study, WishedMove
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from archive.store.queries import NoSuchStudy
from pacs_hub.audit import services as audit
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import ct_series
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = Origin(door="http", actor="kim", address="10.0.0.9")


@pytest.fixture(autouse=True)
def cold(settings: Settings, tmp_path: Path, area: FilesystemArea) -> Path:
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    return tmp_path / "cold"


@pytest.fixture
def study(area: FilesystemArea) -> Study:
    rows = store(*ct_series(2), area=area)
    settle()
    return Study.objects.get(pk=rows[0].study_id)


def test_a_wish_is_kept_then_done_in_the_name_of_who_had_it(study: Study) -> None:
    for tier, said in (("cold", "moved to the cold area"), ("main", "called back")):
        services.wish_move(study_id=study.pk, tier=tier, origin=ORIGIN)
        wish = queries.wished_move(study)
        assert wish is not None
        assert (wish.tier, wish.failed_at) == (tier, None)
        assert services.do_wished_moves(area=current_area(), limit=5) == 1
        assert queries.wished_move(study) is None
        study.refresh_from_db()
        assert study.tier == tier
        last = AuditRow.objects.order_by("-pk")[0]
        assert (last.actor, last.detail.startswith(said)) == ("kim", True)


def test_what_cannot_be_done_now_is_tried_again_a_minute_later(study: Study, cold: Path) -> None:
    services.wish_move(study_id=study.pk, tier="cold", origin=ORIGIN)
    Study.objects.update(state="receiving")
    assert services.do_wished_moves(area=current_area(), limit=5) == 0
    assert "it is tried again" in WishedMove.objects.get().text
    Study.objects.update(state="received")
    assert services.do_wished_moves(area=current_area(), limit=5) == 0
    WishedMove.objects.update(tried_at=clock.now() - timedelta(minutes=2))
    assert services.do_wished_moves(area=current_area(), limit=5) == 1


def test_bytes_that_are_not_right_stay_and_the_wish_says_so(
    study: Study, area: FilesystemArea
) -> None:
    row = Instance.objects.order_by("pk")[0]
    area.path(row.storage_key).write_bytes(b"x" * row.size)
    services.wish_move(study_id=study.pk, tier="cold", origin=ORIGIN)
    assert services.do_wished_moves(area=current_area(), limit=5) == 0
    wish = WishedMove.objects.get()
    assert (wish.failed_at is not None, wish.text[:21]) == (True, "1 of its objects stay")
    services.wish_move(study_id=study.pk, tier="main", origin=ORIGIN)
    assert services.do_wished_moves(area=current_area(), limit=5) == 1


def test_a_study_that_receives_or_is_not_there_is_not_wished_for(study: Study) -> None:
    Study.objects.update(state="receiving")
    with pytest.raises(services.StudyReceives):
        services.wish_move(study_id=study.pk, tier="cold", origin=ORIGIN)
    with pytest.raises(NoSuchStudy):
        services.wish_move(study_id=0, tier="cold", origin=ORIGIN)


def test_who_looks_at_the_page_of_a_cold_study_does_not_call_it_back(study: Study) -> None:
    services.wish_move(study_id=study.pk, tier="cold", origin=ORIGIN)
    services.do_wished_moves(area=current_area(), limit=5)
    uid = study.study_instance_uid
    looked = {"action": "view", "object_type": "study", "object_id": uid, "origin": ORIGIN}
    audit.record(**looked, detail=queries.PAGE_VIEW)
    assert services.tend(area=current_area(), recall_limit=5) == 0
    audit.record(**looked)
    assert services.tend(area=current_area(), recall_limit=5) == 1
