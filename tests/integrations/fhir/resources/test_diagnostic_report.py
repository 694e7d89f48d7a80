"""DiagnosticReport: valid R4, and says what it should."""

import base64

import pytest

from integrations.fhir.resources.diagnostic_report import STATUS_OF
from tests.integrations.fhir.conftest import Story
from tests.support.fhir import REQUIRED, read
from worklist.results.models import ResultStatus

pytestmark = pytest.mark.django_db


def test_a_diagnostic_report_carries_its_text(story: Story) -> None:
    found = read("DiagnosticReport", story.exam.pk)
    assert found["status"] == "final"
    assert found["conclusion"] == "No haemorrhage."
    assert base64.b64decode(found["presentedForm"][0]["data"]) == b"No haemorrhage."
    assert found["imagingStudy"] == [{"reference": f"ImagingStudy/{story.study.pk}"}]
    assert found["basedOn"] == [{"reference": f"ServiceRequest/{story.exam.pk}"}]


def test_every_status_of_a_report_has_its_word() -> None:
    assert set(STATUS_OF) == set(ResultStatus.values)
    assert set(STATUS_OF.values()) <= REQUIRED["DiagnosticReport.status"]
