"""What a document is, by its content alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.documents.rules import (
    MEDIA_TYPES,
    NAMES,
    BrokenDocument,
    EmptyDocument,
    UnknownDocumentType,
    check_end,
    kind_of,
    storage_key,
    uid_of,
)
from archive.storage.layout import checked_uid


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", "pdf"),
        (b'<?xml version="1.0"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3">', "cda"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png"),
        (b"BM" + b"\0" * 12 + b"\x28\0\0\0", "bmp"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"\0\0\0\x20ftypisom", "mp4"),
    ],
)
def test_a_kind_is_told_by_the_first_bytes(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind
    assert kind in MEDIA_TYPES
    assert kind in NAMES


@pytest.mark.parametrize(
    "head", [b"GIF89a", b"BM is no bitmap at all", b"RIFF\0\0\0\0WAVE", b"<svg"]
)
def test_other_files_are_refused_with_what_is_taken(head: bytes) -> None:
    with pytest.raises(UnknownDocumentType, match="PDF document"):
        kind_of(head)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(EmptyDocument):
        kind_of(b"")


@given(st.binary(min_size=1, max_size=64))
def test_any_bytes_have_an_answer(head: bytes) -> None:
    try:
        assert kind_of(head) in MEDIA_TYPES
    except UnknownDocumentType:
        return


def test_a_pdf_has_its_end() -> None:
    check_end("pdf", b"startxref\n9\n%%EOF\r\n\0\0")
    check_end("jpeg", b"")
    with pytest.raises(BrokenDocument):
        check_end("pdf", b"endobj")


def test_the_bytes_lie_where_no_object_lies() -> None:
    assert storage_key("abcd" + "0" * 60, "1") == ".documents/ab/cd/abcd" + "0" * 60 + "-1"


def test_uids_are_the_same_every_time_and_differ_by_name() -> None:
    uids = {uid_of("1.2", "a"), uid_of("1.2", "a"), uid_of("1.2", "b"), uid_of("1.3", "a")}
    assert len(uids) == 3
    assert all(checked_uid(uid, field="UID") for uid in uids)
