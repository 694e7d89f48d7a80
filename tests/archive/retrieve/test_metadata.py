"""Metadata of a series: made once, kept, and never stale."""

import json
import struct
from datetime import UTC, datetime
from typing import Any

import pytest

from archive.retrieve.metadata import keep_missing, series_metadata
from archive.storage.filesystem import FilesystemArea
from archive.store.models import Series
from pacs_hub.kernel import clock
from tests.support.datasets import (
    ct_instance,
    ct_series,
    new_uid,
    part10,
    pdf_instance,
    us_instance,
)
from tests.support.stored import settle, store, store_bytes

pytestmark = pytest.mark.django_db
EXPLICIT = "1.2.840.10008.1.2.1"


def made(area: FilesystemArea) -> list[dict[str, Any]]:
    series = Series.objects.select_related("study").get()
    return list(json.loads(series_metadata(series, area=area, base_url="http://hub/dicom-web")))


def test_every_instance_is_told_in_order_with_its_pixels_elsewhere(area: FilesystemArea) -> None:
    rows = store(*reversed(list(ct_series(3))), area=area)
    found = made(area)
    assert [item["00200013"]["Value"] for item in found] == [[1], [2], [3]]
    last = rows[0]
    assert found[2]["7FE00010"] == {
        "vr": "OW",
        "BulkDataURI": f"http://hub/dicom-web/studies/{last.study.study_instance_uid}"
        f"/series/{last.series.series_instance_uid}/instances/{last.sop_instance_uid}"
        "/bulkdata/7FE00010",
    }
    assert found[0]["00083002"]["Value"] == ["1.2.840.10008.1.2.1"]


def test_it_is_kept_once_the_study_has_settled_and_not_before(area: FilesystemArea) -> None:
    store(*ct_series(2), area=area)
    growing = made(area)
    assert Series.objects.get().metadata is None
    settle()
    assert made(area) == growing
    assert Series.objects.get().metadata is not None


def test_a_late_object_is_in_the_metadata(area: FilesystemArea) -> None:
    study, series = new_uid(), new_uid()
    same = {"StudyInstanceUID": study, "SeriesInstanceUID": series}
    store(*ct_series(2, **same), area=area)
    settle()
    assert len(made(area)) == 2
    store(ct_instance(InstanceNumber="9", **same), area=area)
    assert len(made(area)) == 3
    settle()
    assert len(made(area)) == 3


def test_what_was_kept_of_a_smaller_series_is_not_used(area: FilesystemArea) -> None:
    same = {"StudyInstanceUID": new_uid(), "SeriesInstanceUID": new_uid()}
    store(*ct_series(2, **same), area=area)
    settle()
    made(area)
    old = Series.objects.get().metadata
    store(ct_instance(InstanceNumber="9", **same), area=area)
    settle()
    Series.objects.update(metadata=old)
    assert len(made(area)) == 3


def test_a_settled_series_is_read_from_one_row_without_its_files(
    area: FilesystemArea, django_assert_num_queries: Any
) -> None:
    for row in store(*ct_series(3), area=area):
        settle()
        made(area)
        area.delete(row.storage_key)
    with django_assert_num_queries(2):  # the series, and the patient of its study
        assert len(made(area)) == 3


def test_settled_series_get_theirs_before_anybody_asks(area: FilesystemArea) -> None:
    for _ in range(3):
        store(*ct_series(2), area=area)
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    assert keep_missing(area=area, since=long_ago, limit=9) == 0
    settle()
    assert keep_missing(area=area, since=clock.now(), limit=9) == 0
    assert keep_missing(area=area, since=long_ago, limit=2) == 2
    assert keep_missing(area=area, since=long_ago, limit=2) == 1
    assert not Series.objects.filter(metadata=None).exists()


def test_a_file_that_is_gone_does_not_keep_the_other_series_waiting(area: FilesystemArea) -> None:
    (gone, _) = (*store(ct_instance(), area=area), *store(ct_instance(), area=area))
    settle()
    area.delete(gone.storage_key)
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    assert keep_missing(area=area, since=long_ago, limit=9) == 1


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"]
)
def test_pixels_are_found_in_other_syntaxes(area: FilesystemArea, syntax: str) -> None:
    store(us_instance(), area=area, transfer_syntax_uid=syntax)
    assert made(area)[0]["7FE00010"]["vr"] == "OB"


def test_an_object_without_pixels_names_none(area: FilesystemArea) -> None:
    store(pdf_instance(content=b"x" * 5000), area=area)
    (found,) = made(area)
    assert "7FE00010" not in found
    assert found["00420011"]["BulkDataURI"].endswith("/bulkdata/00420011")


def test_an_object_deeper_than_any_reader_follows_spoils_nothing(area: FilesystemArea) -> None:
    good, deep = ct_series(2)
    store(good, area=area)
    inner = b""
    for _ in range(3000):
        item = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
        inner = struct.pack("<HH2sHI", 0x0040, 0x0275, b"SQ", 0, len(item)) + item
    whole = part10(deep)
    at = whole.index(b"\xe0\x7f\x10\x00OW")
    store_bytes(whole[:at] + inner + whole[at:], area=area, transfer_syntax_uid=EXPLICIT)
    settle()
    told = {item["00080018"]["Value"][0]: item for item in made(area)}
    assert set(told) == {good.SOPInstanceUID, deep.SOPInstanceUID}
    assert "7FE00010" in told[good.SOPInstanceUID]
