"""Rules of retention: what goes, what stays, and what is left where a study stood."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from archive.keeping import queries, services
from archive.keeping.models import Discarded, Tombstone
from archive.keeping.services import Applied
from archive.models import Instance, Series, Study
from archive.rejection.services import take_note
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from archive.store.queries import NoSuchStudy
from pacs_hub.audit import services as audit
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.models import OutboxMessage
from tests.support.callers import caller
from tests.support.datasets import cr_instance, ct_instance, ct_series, mr_instance
from tests.support.rejection import of_a_study, rejection_note
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = Origin(door="hub", actor="keeping")


def a_rule(**over: Any) -> dict[str, Any]:
    return {"name": "old ones", "action": "delete", "days": 365, **over}


def aged(*rows: Instance, days: int = 400) -> Study:
    settle()
    study = Study.objects.get(pk=rows[0].study_id)
    old = clock.now() - timedelta(days=days)
    Study.objects.filter(pk=study.pk).update(last_received_at=old, first_received_at=old)
    study.refresh_from_db()
    return study


def nobody(ids: Collection[int]) -> Collection[int]:
    return ()


def run(*, veto: queries.Veto = nobody, limit: int = 100, cold: bool = False) -> Applied:
    return services.apply_rules(
        area=current_area(),
        veto=veto,
        has_cold_area=cold,
        limit=limit,
        pages=100,
        after={},
        origin=ORIGIN,
    )


def test_without_a_rule_nothing_goes(area: FilesystemArea) -> None:
    aged(*store(ct_instance(), area=area), days=40_000)
    assert run() == Applied()
    assert Study.objects.count() == 1


def test_an_old_study_goes_with_its_bytes_and_leaves_a_tombstone(area: FilesystemArea) -> None:
    rows = store(*ct_series(3), area=area)
    study = aged(*rows)
    services.replace_rules([a_rule(modality=["CT"])])
    done = run()
    assert (done.deleted, done.kept, done.by_rule) == (1, 0, {"old ones": 1})
    assert (Study.objects.count(), Series.objects.count(), Instance.objects.count()) == (0, 0, 0)
    assert {row.key for row in Discarded.objects.all()} == {row.storage_key for row in rows}
    stone = Tombstone.objects.get()
    assert (stone.rule, stone.number_of_instances) == ("old ones", 3)
    assert stone.bytes == sum(row.size for row in rows)
    assert queries.tombstone(study.study_instance_uid) == stone
    assert OutboxMessage.objects.get(event="StudyRemoved").payload["rule"] == "old ones"
    told = AuditRow.objects.filter(action="delete").get()
    assert (told.object_id, told.patient_id) == (study.study_instance_uid, study.patient_id)
    services.verify_all(
        area=current_area(), default_issuer="GH", repair=True, tell=lambda finding: None
    )
    assert Instance.objects.count() == 0


def test_dicomweb_says_that_a_removed_study_is_gone(area: FilesystemArea) -> None:
    study = aged(*store(ct_instance(), area=area))
    place = f"/dicom-web/studies/{study.study_instance_uid}/metadata"
    services.replace_rules([a_rule()])
    run()
    answer = caller("radiologist").get(place)
    assert (answer.status_code, answer.json()["code"]) == (410, "removed")
    assert caller("referrer", provider_id="D1").get(place).status_code == 404
    assert caller("radiologist").get("/dicom-web/studies/1.2.3/metadata").status_code == 404


def test_a_study_that_is_sent_again_is_taken_in_again(area: FilesystemArea) -> None:
    sent = ct_instance()
    study = aged(*store(sent, area=area))
    services.replace_rules([a_rule()])
    run()
    store(sent, area=area)
    assert queries.tombstone(study.study_instance_uid) is None
    assert Instance.objects.count() == 1


def test_what_a_rule_does_not_mean_stays(area: FilesystemArea) -> None:
    aged(*store(mr_instance(), area=area))
    aged(*store(ct_instance(), area=area), days=300)
    services.replace_rules([a_rule(modality=["CT", "CR"])])
    assert run().deleted == 0


def test_a_held_study_stays_until_it_is_released(area: FilesystemArea) -> None:
    study = aged(*store(ct_instance(), area=area))
    services.replace_rules([a_rule()])
    services.hold(study_instance_uid=study.study_instance_uid, reason="court case", origin=ORIGIN)
    assert (run().kept, Study.objects.count()) == (1, 1)
    (due,) = queries.due(queries.retention_rules()[0], now=clock.now(), veto=nobody)
    assert due.kept_because == "legal hold"
    services.release(study_instance_uid=study.study_instance_uid, reason="closed", origin=ORIGIN)
    assert queries.holds_of(study)[0].released_by == "keeping"
    assert run().deleted == 1
    details = [row.detail for row in AuditRow.objects.filter(action="update").order_by("pk")]
    assert ["court case" in details[0], "closed" in details[1]] == [True, True]


def test_a_hold_needs_a_reason_and_a_study(area: FilesystemArea) -> None:
    study = aged(*store(ct_instance(), area=area))
    uid = study.study_instance_uid
    with pytest.raises(services.ReasonMissing):
        services.hold(study_instance_uid=uid, reason=" ", origin=ORIGIN)
    with pytest.raises(services.NotHeld):
        services.release(study_instance_uid=uid, reason="why", origin=ORIGIN)
    with pytest.raises(NoSuchStudy):
        services.hold(study_instance_uid="1.2.3", reason="why", origin=ORIGIN)


def test_a_study_somebody_works_with_stays(area: FilesystemArea) -> None:
    study = aged(*store(ct_instance(), area=area))
    services.replace_rules([a_rule()])
    assert (run(veto=lambda ids: [study.pk]).kept, Study.objects.count()) == (1, 1)


def test_whoever_changes_their_mind_at_the_last_moment_wins(area: FilesystemArea) -> None:
    study = aged(*store(ct_instance(), area=area))
    services.replace_rules([a_rule()])
    asked: list[Collection[int]] = []

    def veto(ids: Collection[int]) -> Collection[int]:
        asked.append(ids)
        return [study.pk] if len(asked) > 1 else []

    assert (run(veto=veto).deleted, Study.objects.count(), len(asked)) == (0, 1, 2)


def test_a_run_is_bounded(area: FilesystemArea) -> None:
    for _ in range(3):
        aged(*store(ct_instance(), area=area))
    services.replace_rules([a_rule()])
    assert [run(limit=2).deleted, run(limit=2).deleted] == [2, 1]


def test_a_run_goes_on_where_the_last_one_stopped(area: FilesystemArea) -> None:
    for _ in range(3):
        aged(*store(ct_instance(), area=area))
    services.replace_rules([a_rule()])
    after: dict[str, int] = {}
    deleted = []
    for _ in range(2):
        done = services.apply_rules(
            area=current_area(),
            veto=nobody,
            has_cold_area=False,
            limit=2,
            pages=1,
            after=after,
            origin=ORIGIN,
        )
        after = done.after
        deleted.append((done.deleted, bool(after)))
    assert deleted == [(2, True), (1, False)]


def test_the_last_studies_of_a_patient_stay(area: FilesystemArea) -> None:
    for days in (900, 800, 700):
        aged(*store(ct_instance(), area=area), days=days)
    services.replace_rules([a_rule(keep_last=2)])
    assert run().deleted == 1
    assert Study.objects.order_by("last_received_at")[0].last_received_at > clock.now() - timedelta(
        days=801
    )


def test_body_part_and_description_narrow_a_rule(area: FilesystemArea) -> None:
    aged(*store(ct_instance(BodyPartExamined="CHEST"), area=area))
    aged(*store(ct_instance(StudyDescription="QA phantom"), area=area))
    services.replace_rules([a_rule(body_part="HEAD", description="*phantom*")])
    assert run().deleted == 1
    assert Study.objects.get().description == "CT study"


def test_an_expired_study_goes_at_once_where_a_rule_may_delete(area: FilesystemArea) -> None:
    images = of_a_study(2)
    store(*images, area=area)
    services.replace_rules([a_rule(modality=["CT"])])
    for count, image in enumerate(images, 1):
        (note,) = store(rejection_note(image, title="113039"), area=area)
        take_note(sop_instance_uid=note.sop_instance_uid, area=area, origin=ORIGIN)
        aged(note, days=1)
        assert run().deleted == (count == 2)


def test_a_rule_moves_what_nobody_opens(
    settings: Settings, area: FilesystemArea, tmp_path: Any
) -> None:
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    cold = aged(*store(ct_instance(), area=area))
    warm = aged(*store(cr_instance(), area=area))
    audit.record(
        action="view",
        object_type="study",
        object_id=warm.study_instance_uid,
        origin=ORIGIN,
        patient_id=warm.patient_id,
    )
    services.replace_rules([a_rule(action="cold", days=180)])
    assert run(cold=False).moved == 0
    assert run(cold=True).moved == 1
    assert run(cold=True).moved == 0
    assert Study.objects.get(tier="cold").pk == cold.pk


def test_a_dry_run_lists_studies_page_by_page_and_changes_nothing(area: FilesystemArea) -> None:
    studies = [aged(*store(*ct_series(2), area=area)) for _ in range(3)]
    services.replace_rules([a_rule()])
    (rule,) = queries.retention_rules()
    found = list(queries.due(rule, now=clock.now(), veto=nobody))
    assert [each.study.pk for each in found] == [study.pk for study in studies]
    assert (found[0].number_of_instances, found[0].bytes > 0) == (2, True)
    behind = queries.due(rule, now=clock.now(), veto=nobody, after=studies[0].pk)
    assert len(list(behind)) == 2
    assert Study.objects.count() == 3


def test_the_state_of_storage_is_told(area: FilesystemArea) -> None:
    store(ct_instance(), area=area)
    services.count_volume()
    services.verify_some(area=area, bytes_per_second=1e6, default_issuer="GH")
    state = queries.storage_state(area=area)
    assert state.days[0].number_of_objects == 1
    assert state.free_bytes is not None
    assert state.verification is not None
    assert (state.all_verified_since, state.open_findings) == (None, 0)
