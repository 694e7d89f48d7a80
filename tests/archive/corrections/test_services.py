"""Corrections are rows beside the study, said to the audit, and taken back without a trace left."""

from __future__ import annotations

from typing import Any

import pytest

from archive.corrections.attributes import CannotCorrect
from archive.corrections.models import Correction
from archive.corrections.queries import identity_of, overlay_of
from archive.corrections.services import (
    AlreadyWithdrawn,
    NoSuchCorrection,
    correct_study,
    withdraw,
    withdraw_all,
)
from archive.dicom.json_model import text_value
from archive.models import Study
from archive.patients.rules import Identifier
from archive.storage.filesystem import FilesystemArea
from archive.store.queries import NoSuchStudy
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel.origin import Origin
from tests.support.builders import a_patient
from tests.support.datasets import ct_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db

ORIGIN = Origin.over_http(user="ana")
ACCESSION = {"00080050": text_value("SH", ["A-9"])}


@pytest.fixture
def study(area: FilesystemArea) -> Study:
    """Return a study of one slice."""
    (row,) = store(ct_instance(), area=area)
    return row.study


def correct(
    study: Study, attributes: dict[str, Any] = ACCESSION, source: str = "ana"
) -> Correction:
    """Correct the study."""
    return correct_study(
        study_id=study.pk, attributes=attributes, reason="CORRECT", source=source, origin=ORIGIN
    )


def test_a_find_answers_what_leaves_and_as_received_after_the_withdrawal(study: Study) -> None:
    row = correct(study)
    now = Study.objects.get(pk=study.pk)
    assert (now.accession_number, now.revised_at is not None) == ("A-9", True)
    withdraw(correction_id=row.pk, origin=ORIGIN)
    again = Study.objects.get(pk=study.pk)
    assert again.accession_number == "A100"
    assert overlay_of(again) is None
    assert again.revised_at != now.revised_at


def test_corrections_stand_on_each_other(study: Study) -> None:
    first = correct(study)
    correct(study, {"00080050": text_value("SH", ["A-10"])}, source="worklist")
    withdraw(correction_id=first.pk, origin=ORIGIN)
    assert Study.objects.get(pk=study.pk).accession_number == "A-10"
    assert withdraw_all(study_id=study.pk, source="worklist", origin=ORIGIN) == 1
    assert Study.objects.get(pk=study.pk).accession_number == "A100"


def test_the_issuer_of_the_accession_number_is_found_too(study: Study) -> None:
    item = {"00400031": text_value("UT", ["RIS"])}
    correct(study, {"00080051": {"vr": "SQ", "Value": [item]}})
    assert Study.objects.get(pk=study.pk).accession_issuer == ["RIS", "", ""]


def test_who_corrected_and_took_back_is_in_the_audit(study: Study) -> None:
    withdraw(correction_id=correct(study).pk, origin=ORIGIN)
    rows = AuditRow.objects.filter(object_type="study", action="update").order_by("pk")
    assert [(row.actor, "00080050" in row.detail) for row in rows] == [("ana", True)] * 2
    assert not any("A-9" in row.detail for row in rows)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"0020000D": text_value("UI", ["1.2"])},
        {"00080060": text_value("CS", ["MR"])},
        {"7FE00010": {"vr": "OW", "InlineBinary": "AAAA"}},
        {"00080050": text_value("LO", ["A"])},
        {"00080050": text_value("SH", ["longer than sixteen letters"])},
        {"00080050": {"vr": "SH", "Value": "A"}},
        {"00100030": text_value("DA", ["yesterday"])},
        {"00400275": {"vr": "SQ", "Value": ["no item"]}},
    ],
)
def test_what_is_never_corrected_or_no_dicom_is_refused(
    study: Study, attributes: dict[str, Any]
) -> None:
    with pytest.raises(CannotCorrect):
        correct(study, attributes)
    assert not Correction.objects.exists()


def test_what_is_not_there_is_said(study: Study) -> None:
    row = correct(study)
    withdraw(correction_id=row.pk, origin=ORIGIN)
    with pytest.raises(AlreadyWithdrawn):
        withdraw(correction_id=row.pk, origin=ORIGIN)
    with pytest.raises(NoSuchCorrection):
        withdraw(correction_id=row.pk + 1, origin=ORIGIN)
    with pytest.raises(NoSuchStudy):
        correct_study(study_id=0, attributes=ACCESSION, reason="CORRECT", source="", origin=ORIGIN)


def test_identity_is_the_master_s_only_where_it_is_sure(study: Study) -> None:
    assert identity_of(study).patient_id == "P100"
    other = a_patient(identifiers=(Identifier(value="P7", issuer="GH"),), name="Roe^Anna")
    Study.objects.filter(pk=study.pk).update(patient=other)
    assert identity_of(Study.objects.get(pk=study.pk)).patient_id == "P100"
    Study.objects.filter(pk=study.pk).update(patient=other, identity_verified=True)
    found = identity_of(Study.objects.get(pk=study.pk))
    assert (found.patient_id, found.name) == ("P7", "Roe^Anna")


def test_an_overlay_costs_few_queries_and_only_once(
    study: Study, django_assert_max_num_queries: Any
) -> None:
    correct(study)
    row = Study.objects.select_related("patient__survivor").get(pk=study.pk)
    with django_assert_max_num_queries(2):  # identifiers, corrections
        overlay_of(row)
        overlay_of(row)
