"""Metadata through the door, beyond plain JSON."""

from xml.etree import ElementTree

import pytest
from pytest_django import DjangoAssertNumQueries

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance, Study
from pacs_hub.kernel import clock
from tests.archive.dicomweb.test_wado import parts, place
from tests.support.callers import caller
from tests.support.datasets import ct_instance, ct_series
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db
XML = 'multipart/related; type="application/dicom+xml"'


@pytest.mark.parametrize("upto", ["study", "series", "instance"])
def test_metadata_can_be_had_as_xml_one_document_for_each_object(
    area: FilesystemArea, upto: str
) -> None:
    rows = store(*ct_series(2), area=area)
    response = caller("radiologist").get(
        f"{place(rows[0], upto)}/metadata", headers={"Accept": XML}
    )
    found = parts(response)
    assert {kind for kind, _ in found} == {"application/dicom+xml"}
    uids = []
    for _, content in found:
        (attribute,) = [
            one for one in ElementTree.fromstring(content) if one.attrib["tag"] == "00080018"
        ]
        uids.append(attribute[0].text)
    assert uids == [row.sop_instance_uid for row in rows[: len(uids)]]
    assert len(uids) == (1 if upto == "instance" else 2)


def test_metadata_that_was_revised_is_sent_again(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    settle()
    client = caller("radiologist")
    for path in (f"{place(row, 'series')}/metadata", f"{place(row)}/metadata", place(row)):
        tag = client.get(path)["ETag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
        Study.objects.update(revised_at=clock.now())
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_rejected_objects_are_left_out_and_said_to_be_gone(area: FilesystemArea) -> None:
    rows = store(*ct_series(2), area=area)
    Instance.objects.filter(pk=rows[0].pk).update(rejected_as="113001")
    client = caller("radiologist")
    (left,) = client.get(f"{place(rows[1], 'series')}/metadata").json()
    assert left["00080018"]["Value"] == [rows[1].sop_instance_uid]
    for tail in ("", "/metadata", "/frames/1", "/rendered", "/bulkdata/7FE00010"):
        assert client.get(f"{place(rows[0])}{tail}").status_code == 410
    Instance.objects.update(rejected_as="113001")
    for upto in ("study", "series"):
        for tail in ("", "/metadata", "/rendered"):
            assert client.get(f"{place(rows[0], upto)}{tail}").status_code == 410
    assert caller("referrer", provider_id="D7").get(place(rows[0])).status_code == 404


def test_a_settled_series_is_answered_from_one_row(
    area: FilesystemArea, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    (row, *_) = store(*ct_series(3), area=area)
    settle()
    client = caller("radiologist")
    path = f"{place(row, 'series')}/metadata"
    client.get(path)  # made, kept, and the audit row written
    with django_assert_num_queries(2):  # the token, and the series with its metadata
        assert len(client.get(path).json()) == 3
