"""A CDA document is read for its narrative; what is dangerous or none is refused."""

from __future__ import annotations

import pytest

from integrations.hl7.maps.cda2text import NotCda, document_of, is_cda, sections_of
from tests.support import files
from worklist.results.rules import Section


def test_the_narrative_of_each_section_in_order() -> None:
    assert sections_of(files.CDA) == (
        Section("18782-3", "Findings", "No haemorrhage.\nSize: 4 mm"),
        Section("19005-8", "Impression", "- Normal.\n- Follow up in a year."),
        Section("", "Table", "Lesion\tSize\n1\t4 mm"),
    )


def test_a_package_is_opened() -> None:
    package = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x; type=text/xml\r\n\r\n"
        b"--x\r\nContent-Type: text/xml\r\n\r\n" + files.CDA + b"\r\n--x--\r\n"
    )
    assert is_cda(package)
    assert document_of(package).strip() == files.CDA.strip()
    assert sections_of(package) == sections_of(files.CDA)


@pytest.mark.parametrize(
    "content",
    [
        b"<ClinicalDocument",
        b"<other/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><ClinicalDocument/>',
        b"ClinicalDocument but no XML",
        b"<ClinicalDocument>" + b"<a>" * 200 + b"</a>" * 200 + b"</ClinicalDocument>",
    ],
)
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(NotCda):
        sections_of(content)


def test_a_pdf_is_no_cda() -> None:
    assert not is_cda(files.PDF)
