"""A report as a page: every kind of value, and nothing that would run."""

from typing import Any

import pytest
from pydicom import Dataset

from archive.dicom.report_page import page


def item(**facts: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in facts.items():
        setattr(ds, keyword, value)
    return ds


def code(meaning: str, value: str = "1") -> list[Dataset]:
    return [item(CodeValue=value, CodingSchemeDesignator="99", CodeMeaning=meaning)]


def shown(*content: Dataset, **facts: Any) -> str:
    return page(item(ContentSequence=list(content), **facts))


def measured(value: str, unit: str) -> list[Dataset]:
    return [item(NumericValue=value, MeasurementUnitsCodeSequence=code("unit", unit))]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ({"ValueType": "TEXT", "TextValue": "all clear"}, "all clear"),
        ({"ValueType": "CODE", "ConceptCodeSequence": code("Normal")}, "Normal"),
        ({"ValueType": "NUM", "MeasuredValueSequence": measured("12.5", "mm")}, "12.5 mm"),
        ({"ValueType": "NUM", "MeasuredValueSequence": measured("3", "1")}, "3"),
        ({"ValueType": "DATE", "Date": "20260105"}, "20260105"),
        ({"ValueType": "PNAME", "PersonName": "Reader^Rita"}, "Reader Rita"),
        ({"ValueType": "UIDREF", "UID": "1.2.3"}, "1.2.3"),
        (
            {
                "ValueType": "IMAGE",
                "ReferencedSOPSequence": [item(ReferencedSOPInstanceUID="1.2.9")],
            },
            "image 1.2.9",
        ),
    ],
)
def test_each_kind_of_value_is_shown_behind_its_name(content: dict[str, Any], wanted: str) -> None:
    found = shown(item(ConceptNameCodeSequence=code("Name"), **content))
    assert f"<p><strong>Name</strong>: {wanted}</p>" in found


def test_who_it_is_about_and_how_far_it_is() -> None:
    found = shown(PatientName="Doe^Jane", PatientID="P1", CompletionFlag="PARTIAL")
    assert "<dt>Patient</dt><dd>Doe Jane</dd><dt>Patient ID</dt><dd>P1</dd>" in found
    assert "<dt>Completion</dt><dd>PARTIAL</dd>" in found
    assert "<h1>Report</h1>" in found


def test_markup_in_any_place_is_only_text() -> None:
    evil = "<img src=x onerror=alert(1)>"
    found = shown(
        item(ValueType="TEXT", TextValue=evil, ConceptNameCodeSequence=code(evil)),
        item(ValueType="CONTAINER", ConceptNameCodeSequence=code(evil), ContentSequence=[]),
        item(ValueType=evil),
        ConceptNameCodeSequence=code(evil),
        PatientName=evil,
    )
    assert "<img" not in found.lower()


def test_a_report_that_never_ends_is_cut() -> None:
    deepest = item(ValueType="TEXT", TextValue="too deep")
    for _ in range(100):
        deepest = item(ValueType="CONTAINER", ContentSequence=[deepest])
    assert "too deep" not in shown(deepest)
