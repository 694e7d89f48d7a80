"""Performed procedure steps over a real association (PS3.4 F.7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pytest_django import Settings

from tests.support.datasets import new_uid
from tests.support.dicom_door import open_door
from tests.support.peers.modality import Modality
from tests.support.scheduled import scheduled_exam
from worklist.exams.models import Exam
from worklist.models import PerformedProcedureStep

pytestmark = pytest.mark.django_db(transaction=True)


def creation(exam: Exam | None = None, **changes: Any) -> Dataset:
    """Return the attributes of an N-CREATE; None removes one."""
    scheduled = Dataset()
    scheduled.StudyInstanceUID = exam.study_instance_uid if exam else new_uid()
    scheduled.AccessionNumber = exam.accession_number if exam else ""
    scheduled.ScheduledProcedureStepID = (
        exam.requested_procedure.steps.get().scheduled_procedure_step_id if exam else ""
    )
    ds = Dataset()
    ds.ScheduledStepAttributesSequence = [scheduled]
    ds.PatientName, ds.PatientID = "Doe^Jane", "P1"
    ds.PerformedProcedureStepID = "PPS1"
    ds.PerformedStationAETitle = "CT1"
    ds.PerformedProcedureStepStartDate = "20260105"
    ds.PerformedProcedureStepStartTime = "101500"
    ds.PerformedProcedureStepStatus = "IN PROGRESS"
    ds.Modality = "CT"
    ds.PerformedSeriesSequence = []
    for keyword, value in changes.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def change(status: str = "", **changes: Any) -> Dataset:
    """Return the modifications of an N-SET."""
    ds = Dataset()
    if status:
        ds.PerformedProcedureStepStatus = status
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    return ds


def ended(status: str = "COMPLETED") -> Dataset:
    """Return the modifications that end a step with one series of one image."""
    image, series = Dataset(), Dataset()
    image.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    image.ReferencedSOPInstanceUID = "1.2.3.4"
    series.SeriesInstanceUID, series.ProtocolName = "1.2.3", "HEAD"
    series.ReferencedImageSequence = [image]
    return change(
        status,
        PerformedProcedureStepEndDate="20260105",
        PerformedProcedureStepEndTime="103000",
        PerformedSeriesSequence=[series],
    )


def test_an_exam_is_started_and_completed(settings: Settings, tmp_path: Path) -> None:
    uid = new_uid()
    with open_door(settings, tmp_path, zone="Europe/Paris") as port:
        exam, modality = scheduled_exam(), Modality(port)
        assert modality.start_step(creation(exam), uid).Status == 0x0000
        exam.refresh_from_db()
        assert exam.status == "in_progress"
        assert modality.change_step(ended(), uid).Status == 0x0000
        exam.refresh_from_db()
    performed = PerformedProcedureStep.objects.get(sop_instance_uid=uid)
    assert (exam.status, performed.status) == ("completed", "COMPLETED")
    assert f"{performed.started_at:%H%M}" == "0915"
    assert performed.number_of_referenced_instances == 1
    assert performed.calling_ae == "CT1"


def test_an_exam_can_be_discontinued_with_a_reason(settings: Settings, tmp_path: Path) -> None:
    reason = Dataset()
    reason.CodeValue, reason.CodingSchemeDesignator = "110513", "DCM"
    reason.CodeMeaning = "Discontinued for unspecified reason"
    uid, changes = new_uid(), ended("DISCONTINUED")
    changes.PerformedProcedureStepDiscontinuationReasonCodeSequence = [reason]
    with open_door(settings, tmp_path) as port:
        exam, modality = scheduled_exam(), Modality(port)
        modality.start_step(creation(exam), uid)
        assert modality.change_step(changes, uid).Status == 0x0000
        exam.refresh_from_db()
    assert exam.status == "discontinued"
    assert PerformedProcedureStep.objects.get().discontinuation_reason.startswith("110513")


def test_a_step_without_an_order_is_kept(settings: Settings, tmp_path: Path) -> None:
    with open_door(settings, tmp_path) as port:
        assert Modality(port).start_step(creation(), new_uid()).Status == 0x0000
    assert PerformedProcedureStep.objects.get().steps.count() == 0


def test_a_second_n_create_with_the_same_uid_is_refused(settings: Settings, tmp_path: Path) -> None:
    uid = new_uid()
    with open_door(settings, tmp_path) as port:
        modality = Modality(port)
        assert modality.start_step(creation(), uid).Status == 0x0000
        assert modality.start_step(creation(), uid).Status == 0x0111


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"ScheduledStepAttributesSequence": None}, 0x0120),
        ({"ScheduledStepAttributesSequence": []}, 0x0121),
        ({"PerformedProcedureStepID": None}, 0x0120),
        ({"PerformedProcedureStepID": ""}, 0x0121),
        ({"PerformedProcedureStepStartDate": ""}, 0x0121),
        ({"Modality": ""}, 0x0121),
        ({"PerformedProcedureStepStatus": "COMPLETED"}, 0x0106),
    ],
)
def test_an_n_create_that_does_not_say_enough_is_refused(
    settings: Settings, tmp_path: Path, changes: dict[str, Any], status: int
) -> None:
    with open_door(settings, tmp_path) as port:
        answer = Modality(port).start_step(creation(**changes), new_uid())
    assert answer.Status == status
    assert answer.ErrorComment
    assert not PerformedProcedureStep.objects.exists()


def test_an_n_set_before_its_n_create_is_refused(settings: Settings, tmp_path: Path) -> None:
    with open_door(settings, tmp_path) as port:
        assert Modality(port).change_step(ended(), new_uid()).Status == 0x0112


def test_an_n_set_of_no_status_there_is_is_refused(settings: Settings, tmp_path: Path) -> None:
    uid = new_uid()
    with open_door(settings, tmp_path) as port:
        modality = Modality(port)
        modality.start_step(creation(), uid)
        assert modality.change_step(change("DONE"), uid).Status == 0x0106
        assert modality.change_step(change("COMPLETED"), uid).Status == 0x0121


def test_a_final_step_may_no_longer_be_updated(settings: Settings, tmp_path: Path) -> None:
    uid = new_uid()
    with open_door(settings, tmp_path) as port:
        modality = Modality(port)
        modality.start_step(creation(), uid)
        modality.change_step(ended(), uid)
        answer = modality.change_step(ended("DISCONTINUED"), uid)
    assert answer.Status == 0x0110
    assert answer.ErrorComment == "Performed Procedure Step Object may no longer be updated"
    assert answer.ErrorID == 0xA710
    assert PerformedProcedureStep.objects.get().status == "COMPLETED"
