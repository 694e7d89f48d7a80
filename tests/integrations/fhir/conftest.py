"""An exam with images and a report, to be asked for in FHIR."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.models import Patient, Study
from tests.support.builders import CT1, HIS, a_patient, an_exam, result_facts
from tests.support.datasets import ct_series
from tests.support.stored import area_in, settle, store
from worklist.models import Exam
from worklist.reconcile.services import reconcile_study
from worklist.results.services import file_result


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is known of Jane Doe's CT."""

    patient: Patient
    exam: Exam
    study: Study


def images_of(exam: Exam, folder: Path, settings: Settings, *, count: int = 3) -> Study:
    """Store images of an exam as its scanner sends them, and let them find their exam."""
    store(
        *ct_series(
            count,
            StudyInstanceUID=exam.study_instance_uid,
            AccessionNumber=exam.accession_number,
            PatientID="P1",
            PatientName="Doe^Jane",
        ),
        area=area_in(folder, settings),
    )
    study = Study.objects.get(study_instance_uid=exam.study_instance_uid)
    reconcile_study(study_id=study.pk, origin=CT1)
    return study


@pytest.fixture
def story(db: None, tmp_path: Path, settings: Settings) -> Story:
    """One exam, its images linked and settled, its report final."""
    patient = a_patient()
    exam = an_exam(
        patient=patient, placer_order_number="PL1", filler_order_number="FI1", priority="STAT"
    )
    study = images_of(exam, tmp_path / "objects", settings)
    settle()
    file_result(result=result_facts(exam), patient=patient, origin=HIS)
    return Story(patient=patient, exam=exam, study=study)
