"""DICOM JSON as a Native DICOM Model document, held against the one DCMTK writes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pydicom import Dataset

from archive.dicom.json_model import to_json
from archive.dicom.xml_model import NAMESPACE, document
from tests.support.datasets import ct_instance, write_part10
from tests.support.needs import program

Tree = tuple[str, dict[str, str], str, list[Any]]


def tree(element: ElementTree.Element) -> Tree:
    """Return an element without its namespace, and its text where it has no children."""
    name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    children = [tree(child) for child in element]
    kept = [child for child in children if child[0] != "Value" or child[2]]
    text = "" if kept else (element.text or "").strip()
    return name, dict(element.attrib), text.removesuffix(".0"), kept


def without_pixels(found: Tree) -> list[Tree]:
    return [
        child
        for child in found[3]
        if child[1].get("keyword") not in {"PixelData", "SpecificCharacterSet"}
    ]


def test_a_data_set_says_the_same_as_in_the_document_of_dcmtk(tmp_path: Path) -> None:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "99X", 'a < b & "c"'
    sent = ct_instance(
        SpecificCharacterSet="ISO_IR 192",
        PatientName="Yamada^Tarou^^Dr=山田^太郎=やまだ^たろう",
        OtherPatientNames=["Doe^Jane", "Roe^Joan"],
        ProcedureCodeSequence=[item],
        StudyDescription="",
        PatientComments="one\r\ntwo",
    )
    block = sent.private_block(0x0009, "HUB TEST", create=True)
    block.add_new(1, "LO", ["a", "", "c"])
    path = write_part10(sent, tmp_path / "a.dcm")
    theirs = subprocess.run(
        [program("dcm2xml"), "-nat", str(path)], check=True, capture_output=True
    ).stdout
    ours = document(to_json(sent, bulk_uri=lambda _: "http://hub/b"))
    parsed = ElementTree.fromstring(ours)  # noqa: S314 - our own document
    assert parsed.tag == f"{{{NAMESPACE}}}NativeDicomModel"
    expected = tree(ElementTree.fromstring(theirs))  # noqa: S314 - of a file of ours
    mine, other = without_pixels(tree(parsed)), without_pixels(expected)
    assert sorted(mine, key=str) == sorted(other, key=str)


def test_bulk_data_is_named_and_small_binary_is_inline() -> None:
    text = document(
        {
            "7FE00010": {"vr": "OW", "BulkDataURI": "http://hub/a?b=1&c=2"},
            "00420011": {"vr": "OB", "InlineBinary": "AAE="},
        }
    ).decode()
    assert '<BulkData uri="http://hub/a?b=1&amp;c=2"/>' in text
    assert "<InlineBinary>AAE=</InlineBinary>" in text
    assert text.index("00420011") < text.index("7FE00010")


def test_what_xml_cannot_say_does_not_break_the_document() -> None:
    text = document({"00104000": {"vr": "LT", "Value": ["a\x1bb\x0cc\ud800d"]}})
    (attribute,) = ElementTree.fromstring(text)  # noqa: S314 - our own document
    assert attribute[0].text == "a\ufffdb\ufffdc\ufffdd"


def test_an_empty_value_leaves_its_number_out_and_an_empty_item_stays() -> None:
    text = document(
        {
            "00080008": {"vr": "CS", "Value": ["A", None, "C"]},
            "00081032": {"vr": "SQ", "Value": [{}, {"00080100": {"vr": "SH"}}]},
        }
    ).decode()
    assert '<Value number="1">A</Value><Value number="3">C</Value>' in text
    assert '<Item number="1"></Item><Item number="2">' in text


def test_a_private_creator_is_quoted_and_its_block_left_open() -> None:
    text = document(
        {
            "00091001": {"vr": "LO", "Value": ["x"]},
            "00090010": {"vr": "LO", "Value": ['A & "B"']},
        }
    ).decode()
    private = ElementTree.fromstring(text)[1]  # noqa: S314 - our own document
    assert private.attrib == {"tag": "00090001", "vr": "LO", "privateCreator": 'A & "B"'}
