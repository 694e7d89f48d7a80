"""OBX segments become sections, measurements, references and files."""

from __future__ import annotations

import base64

import pytest

from integrations.hl7.maps import tables
from integrations.hl7.maps.obx2section import Observed, observed
from integrations.hl7.message import Segment, Separators
from tests.support import files
from worklist.results.rules import Reference, Section


def read(*segments: str) -> Observed:
    return observed([Segment(text, Separators()) for text in segments])


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("18782-3^Findings^LN", "Findings"),
        ("19005-8^X^LN", "Impression"),
        ("18834-2^X^LN", "Comparison"),
        ("55752-0^X^LN", "Clinical information"),
        ("71020&IMP^Chest^C4", "Impression"),
        ("IMPRESSION^Impression:", "Impression"),
        ("FIND^FINDINGS^L", "Findings"),
        ("123^Something^L", ""),
    ],
)
def test_a_section_has_its_heading_by_code_suffix_or_word(name: str, title: str) -> None:
    (section,) = read(f"OBX|1|TX|{name}||text||||||F").sections
    assert (section.title, section.text) == (title, "text")


@pytest.mark.parametrize("status", sorted(tables.OBSERVATION_STATUS))
def test_every_row_of_obx_11(status: str) -> None:
    said = read(f"OBX|1|TX|18782-3||text||||||{status}")
    assert said.text == ("" if status in "DWXN" else "Findings:\ntext")
    assert said.is_withdrawn == (status in "DW")


@pytest.mark.parametrize(
    ("obx", "line"),
    [
        ("OBX|1|NM|8867-4^Heart rate^LN||72|/min|60-100|||||F", "Heart rate: 72 /min (60-100)"),
        ("OBX|1|SN|1554-5^GLUCOSE||^182|mg/dl||||||F", "GLUCOSE: 182 mg/dl"),
        ("OBX|1|DT|G^Implanted||20090505||||||F", "Implanted: 20090505"),
        ("OBX|1|CWE|C^Culture^LN||27268008^Salmonella^SCT||||||F", "Salmonella"),
        ("OBX|1|NM|||115", "115"),
        ("OBX|1|MED|X||20090505", ""),
        ("OBX|1|NM|X||", ""),
    ],
)
def test_what_is_no_text_is_a_line(obx: str, line: str) -> None:
    assert read(obx).text == line


def test_formatted_text_is_laid_out() -> None:
    assert read("OBX|1|FT|GDT||\\.in+2\\a\\.br\\b~c").text == "Findings:\n  a\n  b\nc"


@pytest.mark.parametrize(
    "obx",
    [
        "OBX|1|HD|113014^DICOM Study^DCM||1.2.3^^ISO",
        "OBX|1|RP|113014^DICOM Study^DCM||1.2.3^^DICOM",
        "OBX|1|ST|X^Study Instance UID||1.2.3",
    ],
)
def test_the_study_is_named_and_not_read_out(obx: str) -> None:
    said = read(obx, "OBX|2|TX|||text")
    assert (said.study_instance_uid, said.text) == ("1.2.3", "text")


def test_a_link_to_something_else_is_no_study() -> None:
    said = read("OBX|1|RP|8867-4^heartrate^LN||https://example.org^^SD^PICT")
    assert (said.study_instance_uid, said.text) == ("", "")


def test_a_structured_report_is_a_reference() -> None:
    said = read("OBX|1|HD|^SR Instance UID||1.2.3.4^^ISO")
    assert said.references == (Reference("sr", "1.2.3.4"),)


def test_a_cda_document_is_read_and_kept() -> None:
    packed = base64.b64encode(files.CDA).decode()
    said = read(f"OBX|1|ED|18748-4^Report^LN||^text^xml^Base64^{packed}||||||F")
    assert [section.title for section in said.sections] == ["Findings", "Impression", "Table"]
    assert [document.content for document in said.documents] == [files.CDA]


def test_a_broken_cda_document_is_kept_and_not_read() -> None:
    packed = base64.b64encode(b"<ClinicalDocument>").decode()
    said = read(f"OBX|1|ED|X||^text^xml^Base64^{packed}")
    assert (said.sections, len(said.documents)) == ((), 1)


def test_nothing_says_nothing() -> None:
    assert read() == Observed((), (), (), ())
    assert read('OBX|1|TX|X||""').sections == ()
    assert read("OBX|1|TX|X||a", "OBX|2|TX|Y||b").sections == (Section("", "", "a\nb"),)
