"""Documents, reports and videos, as a browser shows them."""

import pytest
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import BasicTextSRStorage, VideoEndoscopicImageStorage

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance
from pacs_hub.audit.models import AuditRow
from tests.archive.dicomweb.test_wado import body, place
from tests.support.callers import caller
from tests.support.datasets import ct_instance, new_uid, part10, pdf_instance, us_instance
from tests.support.stored import store, store_bytes

pytestmark = pytest.mark.django_db
MPEG4 = "1.2.840.10008.1.2.4.102"
PDF = b"%PDF-1.4 invented\n%%EOF"


def code(meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "X1", "99HUB", meaning
    return item


def text(name: str, value: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "TEXT"
    item.ConceptNameCodeSequence, item.TextValue = [code(name)], value
    return item


def report_instance(*content: Dataset) -> Dataset:
    ds = pdf_instance(SOPClassUID=BasicTextSRStorage, Modality="SR", EncapsulatedDocument=None)
    ds.ValueType, ds.ConceptNameCodeSequence = "CONTAINER", [code("Chest report")]
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    ds.ContentSequence = list(content)
    return ds


def stored_video(area: FilesystemArea, *fragments: bytes) -> Instance:
    ds = us_instance(frames=2, SOPClassUID=VideoEndoscopicImageStorage)
    whole = part10(ds, transfer_syntax_uid="1.2.840.10008.1.2.1")
    start = whole.rindex(b"\xe0\x7f\x10\x00")
    head = whole[:start].replace(b"1.2.840.10008.1.2.1\0", MPEG4.encode() + b"\0")
    # the syntax is longer than the one it replaces: its length and that of the group
    at = head.index(b"\x02\x00\x10\x00UI")
    head = head[: at + 6] + bytes([24, 0]) + MPEG4.encode() + b"\0" + head[at + 8 + 24 :]
    group = int.from_bytes(whole[140:144], "little") + 4
    head = head[:140] + group.to_bytes(4, "little") + head[144:]
    pixels = encapsulate(list(fragments), has_bot=False)
    content = head + b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + pixels
    content += b"\xfe\xff\xdd\xe0\0\0\0\0"
    return store_bytes(content, area=area, transfer_syntax_uid=MPEG4)


@pytest.mark.parametrize("upto", ["study", "series", "instance"])
def test_a_pdf_is_shown_as_a_pdf(area: FilesystemArea, upto: str) -> None:
    (row,) = store(pdf_instance(content=PDF, EncapsulatedDocumentLength=len(PDF)), area=area)
    response = caller("radiologist").get(
        f"{place(row, upto)}/rendered", headers={"Accept": "application/pdf, text/html"}
    )
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert body(response) == PDF
    assert AuditRow.objects.filter(action="view").count() == 1


def test_a_pdf_is_no_picture(area: FilesystemArea) -> None:
    (row,) = store(pdf_instance(), area=area)
    client = caller("radiologist")
    refused = client.get(f"{place(row)}/rendered", headers={"Accept": "image/jpeg"})
    assert refused.status_code == 406
    assert "application/pdf" in refused.json()["message"]
    assert client.get(f"{place(row)}/thumbnail").status_code == 404


def test_a_range_of_a_pdf(area: FilesystemArea) -> None:
    (row,) = store(pdf_instance(content=PDF), area=area)
    response = caller("radiologist").get(f"{place(row)}/rendered", headers={"Range": "bytes=1-3"})
    assert (response.status_code, body(response)) == (206, b"PDF")


def test_a_report_is_a_page_in_which_nothing_runs(area: FilesystemArea) -> None:
    container = text("Findings", "")
    container.ValueType, container.ContentSequence = (
        "CONTAINER",
        [text("Finding", "<script>alert(1)</script>\nclear & well")],
    )
    (row,) = store(report_instance(container), area=area)
    response = caller("radiologist").get(f"{place(row)}/rendered")
    page = body(response).decode()
    assert response["Content-Type"].startswith("text/html")
    assert "<h1>Chest report</h1>" in page
    assert "<h2>Findings</h2>" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>clear &amp; well" in page
    assert "<script" not in page
    assert "Doe Jane" in page
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_study_with_images_is_shown_by_an_image(area: FilesystemArea) -> None:
    study = new_uid()
    (row, _) = store(
        pdf_instance(StudyInstanceUID=study),
        ct_instance(StudyInstanceUID=study, SeriesNumber="2"),
        area=area,
    )
    response = caller("radiologist").get(f"{place(row, 'study')}/rendered")
    assert response["Content-Type"] == "image/jpeg"


def test_a_video_is_sent_as_it_is_stored(area: FilesystemArea) -> None:
    row = stored_video(area, b"first.", b"second")
    client = caller("radiologist")
    response = client.get(f"{place(row)}/rendered", headers={"Accept": "video/mp4"})
    assert (response["Content-Type"], body(response)) == ("video/mp4", b"first.second")
    part = client.get(f"{place(row)}/rendered", headers={"Range": "bytes=4-8"})
    assert (part.status_code, body(part)) == (206, b"t.sec")
    assert part["Content-Range"] == "bytes 4-8/12"
    last = client.get(f"{place(row)}/rendered", headers={"Range": "bytes=-3"})
    assert body(last) == b"ond"
    assert client.get(f"{place(row)}/rendered?accept=image/jpeg").status_code == 406


def test_a_video_is_one_piece_of_bulk_data(area: FilesystemArea) -> None:
    row = stored_video(area, b"first.", b"second")
    client = caller("radiologist")
    response = client.get(f"{place(row)}/bulkdata/7FE00010", headers={"Accept": "video/mp4"})
    assert (response.status_code, body(response)) == (200, b"first.second")
    assert client.get(f"{place(row)}/frames/1").status_code == 406
