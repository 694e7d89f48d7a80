"""Linked images leave with the order they belong to, and as received when they are taken away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archive.corrections.models import Correction
from archive.corrections.queries import identity_of
from archive.models import Study
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel.origin import Origin
from tests.support.builders import an_exam
from tests.support.datasets import ct_instance
from tests.support.stored import store
from worklist.models import Exam
from worklist.reconcile.order_block import order_block
from worklist.reconcile.services import link, reconcile_study, unlink

pytestmark = pytest.mark.django_db
ADMIN = Origin.over_http(user="pacs-admin")
JANE = {"PatientID": "P1", "PatientName": "DOE^JANE", "PatientBirthDate": "19700101"}


def received(tmp_path: Path, **over: Any) -> Study:
    """Store an image and return its study."""
    (row,) = store(ct_instance(**(JANE | over)), area=FilesystemArea(tmp_path))
    return row.study


def test_what_the_header_says_already_is_not_corrected(tmp_path: Path) -> None:
    exam = an_exam()
    order = exam.requested_procedure.order
    study = received(
        tmp_path,
        AccessionNumber=exam.accession_number,
        StudyInstanceUID=exam.study_instance_uid,
        ReferringPhysicianName=order.referring_physician_name.upper() + "^",
    )
    assert order_block(study, exam) == {}
    reconcile_study(study_id=study.pk, origin=ADMIN)
    assert not Correction.objects.exists()


def test_a_linked_study_leaves_with_its_order_until_it_is_taken_away(tmp_path: Path) -> None:
    exam = an_exam()
    study = received(tmp_path, AccessionNumber="TYPO", PatientID="P2", PatientName="ROE^RICHARD")
    link(study_id=study.pk, exam_id=exam.pk, reason="typed by hand", origin=ADMIN)
    (row,) = Correction.objects.all()
    (item,) = row.attributes["00400275"]["Value"]
    assert item["00080050"]["Value"] == [exam.accession_number]
    assert (row.reason, row.source) == ("COERCE", "worklist")
    linked = Study.objects.get(pk=study.pk)
    assert linked.accession_number == exam.accession_number
    assert identity_of(linked).patient_id == "P1"
    unlink(study_id=study.pk, reason="it was not", default_issuer="GH", origin=ADMIN)
    again = Study.objects.get(pk=study.pk)
    assert again.accession_number == "TYPO"
    assert identity_of(again).patient_id == "P2"
    assert Correction.objects.get().withdrawn_at is not None


def test_another_referring_physician_is_the_order_s(tmp_path: Path) -> None:
    exam = an_exam()
    study = received(tmp_path, AccessionNumber=exam.accession_number)
    order = exam.requested_procedure.order
    order.referring_physician_name = "Other^Doctor"
    order.save()
    block = order_block(study, Exam.objects.get(pk=exam.pk))
    assert set(block) == {"00080090"}
