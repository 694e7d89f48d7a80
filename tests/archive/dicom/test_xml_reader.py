"""Native DICOM Model documents, read back from what we write and from foreign hands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.dicom import xml_model
from archive.dicom.json_model import to_json
from archive.dicom.xml_reader import NotNativeModel, parse_document
from tests.support.datasets import ct_instance, mr_instance, pdf_instance, us_instance

NATIVE = '<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">{}</NativeDicomModel>'


def test_what_we_write_is_what_we_read() -> None:
    for dataset in (ct_instance(), mr_instance(), us_instance(), pdf_instance()):
        item = to_json(dataset, bulk_uri=lambda path: "/".join(f"{tag:08X}" for tag in path))
        found = parse_document(xml_model.document(item))
        assert set(found) == set(item)
        for tag, attribute in item.items():
            told = found[tag]
            assert told["vr"] == attribute["vr"]
            if attribute["vr"] not in {"DS", "SQ"}:
                assert told == attribute, tag


def test_values_names_and_items() -> None:
    text = NATIVE.format(
        '<DicomAttribute tag="00080060" vr="CS"><Value number="1">CT</Value></DicomAttribute>'
        '<DicomAttribute tag="00080008" vr="CS"><Value number="3">C</Value>'
        '<Value number="1">A</Value></DicomAttribute>'
        '<DicomAttribute tag="00100010" vr="PN"><PersonName number="1"><Alphabetic>'
        "<FamilyName>Doe</FamilyName><NamePrefix>Dr</NamePrefix>"
        "</Alphabetic></PersonName></DicomAttribute>"
        '<DicomAttribute tag="00081140" vr="SQ"><Item number="1">'
        '<DicomAttribute tag="00081155" vr="UI"><Value number="1">1.2</Value></DicomAttribute>'
        "</Item></DicomAttribute>"
        '<DicomAttribute tag="00280010" vr="US"><Value number="1">16</Value></DicomAttribute>'
    )
    found = parse_document(text.encode())
    assert found["00080060"]["Value"] == ["CT"]
    assert found["00080008"]["Value"] == ["A", None, "C"]
    assert found["00100010"]["Value"] == [{"Alphabetic": "Doe^^^Dr"}]
    assert found["00081140"]["Value"] == [{"00081155": {"vr": "UI", "Value": ["1.2"]}}]
    assert found["00280010"]["Value"] == [16]


def test_a_private_attribute_finds_its_block() -> None:
    text = NATIVE.format(
        '<DicomAttribute tag="00090010" vr="LO"><Value number="1">OTHER</Value></DicomAttribute>'
        '<DicomAttribute tag="00090001" vr="LO" privateCreator="ACME">'
        '<Value number="1">x</Value></DicomAttribute>'
    )
    found = parse_document(text.encode())
    assert found["00090011"]["Value"] == ["ACME"]
    assert found["00091101"]["Value"] == ["x"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/>",
        '<?xml version="1.0" encoding="UZF-8"?>' + NATIVE.format(""),
        NATIVE.format("<DicomAttribute/>"),
        NATIVE.format('<DicomAttribute tag="1" vr="CS"/>'),
        NATIVE.format('<DicomAttribute tag="zzzzzzzz" vr="CS"/>'),
        NATIVE.format(
            '<DicomAttribute tag="00080060" vr="CS"><Value number="9999999"/></DicomAttribute>'
        ),
        NATIVE.format('<DicomAttribute tag="00280010" vr="US"><Value>x</Value></DicomAttribute>'),
        '<!DOCTYPE a [<!ENTITY b "c">]>' + NATIVE.format(""),
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">' + NATIVE.format(""),
        "<NativeDicomModel>" + "<a>" * 200 + "</a>" * 200 + "</NativeDicomModel>",
    ],
)
def test_what_is_no_such_document_is_refused(text: str) -> None:
    with pytest.raises(NotNativeModel):
        parse_document(text.encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(content: bytes) -> None:
    try:
        parse_document(content)
        parse_document(NATIVE.format(content.decode("latin-1")).encode())
    except NotNativeModel:
        return
