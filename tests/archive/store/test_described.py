"""What is kept once of a study, a series and a report, however its file is written."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.uid import (
    ComprehensiveSRStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from archive.dicom.part10 import read_header
from archive.dicom.quick_header import read_values
from archive.store.described import (
    content_columns,
    report_columns,
    series_described,
    study_described,
)
from tests.support.datasets import ct_instance, write_part10


def item(**values: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def header(path: Path, syntax: str, dataset: Dataset) -> Any:
    written = write_part10(dataset, path / "a.dcm", transfer_syntax_uid=syntax)
    return read_values(written) or read_header(written)


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_sequences_are_read_by_both_readers(tmp_path: Path, syntax: str) -> None:
    code = item(CodeValue="CTH", CodingSchemeDesignator="L", CodeMeaning="Schädel")
    found = header(
        tmp_path,
        syntax,
        ct_instance(
            AdmissionID="ADM1",
            IssuerOfAccessionNumberSequence=[item(LocalNamespaceEntityID="RIS")],
            ProcedureCodeSequence=[code, item(CodeMeaning="no code")],
            RequestAttributesSequence=[
                item(RequestedProcedureID="RP1", ScheduledProcedureStepID="S1"),
                item(),
            ],
            PerformedProcedureStepStartDate="20260105",
            PerformedProcedureStepStartTime="101500",
        ),
    )
    study = study_described(found)
    assert study.columns == {"admission_id": "ADM1", "accession_issuer": ["RIS", "", ""]}
    assert study.items == ({"value": "CTH", "scheme": "L", "meaning": "Schädel"},)
    series = series_described(found)
    assert series.columns["performed_step_date"] == date(2026, 1, 5)
    assert series.items == ({"requested_procedure_id": "RP1", "scheduled_procedure_step_id": "S1"},)
    assert content_columns(found) == {
        "content_date": date(2026, 1, 5),
        "content_time": time(10, 15),
    }


def test_only_reports_and_documents_have_a_title(tmp_path: Path) -> None:
    report = ct_instance(
        SOPClassUID=ComprehensiveSRStorage,
        CompletionFlag="COMPLETE",
        VerificationFlag="VERIFIED",
        ConceptNameCodeSequence=[
            item(CodeValue="18748-4", CodingSchemeDesignator="LN", CodeMeaning="Report")
        ],
    )
    found = header(tmp_path, ExplicitVRLittleEndian, report)
    assert report_columns(found, sop_class_uid=ComprehensiveSRStorage) == {
        "completion_flag": "COMPLETE",
        "verification_flag": "VERIFIED",
        "concept_name": ["18748-4", "LN", "Report"],
    }
    assert report_columns(found, sop_class_uid="1.2.840.10008.5.1.4.1.1.2") == {}


def test_what_is_odd_is_left_out() -> None:
    odd = {"ContentDate": "yesterday", "ContentTime": "25", "ProcedureCodeSequence": "x"}
    assert content_columns(odd) == {}
    assert study_described(odd).items == ()
