"""Take a study away: as a ZIP with a DICOMDIR."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.models import Study
from pacs_hub.audit.models import AuditRow
from tests.support.browsing import browser
from tests.support.datasets import ct_series
from tests.support.stored import area_in, settle, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(tmp_path: Path, settings: Settings) -> Study:
    store(*ct_series(3), area=area_in(tmp_path / "objects", settings))
    settle()
    return Study.objects.get()


def test_a_study_leaves_for_a_disc_and_that_is_written_down(study: Study) -> None:
    answer = browser("radiologist").get(f"/studies/{study.study_instance_uid}/dicomdir.zip")
    assert answer["Content-Type"] == "application/zip"
    assert f'filename="{study.study_instance_uid}.zip"' in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.namelist() == [
            *(f"DICOM/S0000001/I000000{n}" for n in (1, 2, 3)),
            "DICOMDIR",
        ]
    row = AuditRow.objects.get(action="export")
    assert (row.object_id, row.patient_id, row.role) == (
        study.study_instance_uid, study.patient_id, "radiologist",
    )  # fmt: skip


def test_only_who_may_see_the_images_takes_them_away(study: Study) -> None:
    place = f"/studies/{study.study_instance_uid}/dicomdir.zip"
    assert browser("billing").get(place).status_code == 403
    assert browser("referrer", name="r", provider_id="D9").get(place).status_code == 404
    assert not AuditRow.objects.filter(action="export").exists()
    Study.objects.update(referrer_id="D9")
    assert browser("referrer", name="r", provider_id="D9").get(place).status_code == 200
