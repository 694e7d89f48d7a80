"""docs/conformance.md on STOW-RS and attached documents, compared with the code."""

from pydicom.uid import UID

from archive.dicomweb.stow_outcome import REASON, REASON_BY_CODE
from archive.dicomweb.stow_pixels import DECODED, KEPT
from archive.documents.rules import MEDIA_TYPES
from archive.documents.wrapping import sop_class_of
from tests.docs.test_conformance import section, table


def test_the_failure_reasons_are_those_of_the_door() -> None:
    wired = {(family.__name__, f"0x{int(reason):04X}") for family, reason in REASON.items()}
    wired |= {(code, f"0x{int(reason):04X}") for code, reason in REASON_BY_CODE.items()}
    assert set(table("Failure reasons of STOW-RS")) == wired


def test_every_media_type_of_pixel_data_is_told() -> None:
    text = section("STOW-RS")
    assert [kind for kind in sorted(DECODED | KEPT) if f"`{kind}`" not in text] == []


def test_every_kind_of_document_is_told_with_its_sop_class() -> None:
    shown = {row[0]: (row[1], row[2]) for row in table("Attached documents")}
    assert set(shown) == set(MEDIA_TYPES)
    for kind, (name, uid) in shown.items():
        assert uid == sop_class_of(kind)
        assert name == UID(uid).name
