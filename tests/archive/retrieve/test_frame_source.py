"""Frames found without a parser are those a parser finds."""

import io
from typing import Any

import pytest
from pydicom import Dataset
from pytest_django import DjangoAssertNumQueries

from archive.retrieve.frame_source import located, only_frame, source, source_of
from archive.retrieve.pixels import frame, locate
from archive.retrieve.plan import NoSuchTarget, OutOfUse, Target
from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance, Study
from pacs_hub.access.permissions import Principal
from tests.support.datasets import cr_instance, ct_instance, us_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db
READER = Principal(name="reader", role="radiologist")
EXPLICIT = "1.2.840.10008.1.2.1"
RLE = "1.2.840.10008.1.2.5"
JPEG_LS = "1.2.840.10008.1.2.4.80"


def target_of(row: Instance) -> Target:
    return Target(
        study=row.study.study_instance_uid,
        series=row.series.series_instance_uid,
        instance=row.sop_instance_uid,
    )


def small(rows: int, columns: int, samples: int = 1) -> Dataset:
    ds = us_instance(frames=1)
    ds.Rows, ds.Columns, ds.SamplesPerPixel = rows, columns, samples
    if samples == 3:
        ds.PhotometricInterpretation, ds.PlanarConfiguration = "RGB", 0
    pixels = bytes(n % 251 for n in range(rows * columns * samples))
    ds.PixelData = pixels + b"\0" * (len(pixels) % 2)
    return ds


@pytest.mark.parametrize(
    ("syntax", "dataset"),
    [
        *(
            (syntax, dataset)
            for syntax in (EXPLICIT, "1.2.840.10008.1.2", RLE, JPEG_LS)
            for dataset in (ct_instance(), cr_instance(), small(16, 16, 3))
        ),
        *((EXPLICIT, dataset) for dataset in (small(3, 5), small(3, 3, 3))),
    ],
)
def test_the_one_frame_is_found_from_the_end(
    area: FilesystemArea, syntax: str, dataset: Dataset
) -> None:
    (row,) = store(dataset, area=area, transfer_syntax_uid=syntax)
    with area.open(row.storage_key) as file:
        found = only_frame(file, source_of(row))
        assert found == frame(locate(file, transfer_syntax_uid=syntax), 1)


def test_a_frame_behind_an_icon_is_the_right_one(area: FilesystemArea) -> None:
    icon = Dataset()
    icon.PixelData = b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\x00\xe0\x02\0\0\0xx\xfe\xff\xdd\xe0\0\0\0\0"
    icon["PixelData"].VR = "OB"
    icon["PixelData"].is_undefined_length = True
    (row,) = store(ct_instance(IconImageSequence=[icon]), area=area, transfer_syntax_uid=RLE)
    with area.open(row.storage_key) as file:
        found = only_frame(file, source_of(row))
        assert found == frame(locate(file, transfer_syntax_uid=RLE), 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1],
        lambda content: content + b"\0" * 20,
        lambda content: content.replace(b"\xe0\x7f\x10\x00OW", b"\xe0\x7f\x10\x00OF"),
    ],
)
def test_what_is_not_as_expected_is_left_to_the_parser(area: FilesystemArea, change: Any) -> None:
    (row,) = store(ct_instance(), area=area)
    content = change(area.path(row.storage_key).read_bytes())
    assert only_frame(io.BytesIO(content), source_of(row)) is None


def test_one_query_finds_what_a_frame_needs(
    area: FilesystemArea, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = store(ct_instance(), us_instance(), area=area)
    for row in rows:
        target, wanted = target_of(row), source_of(row)
        with django_assert_num_queries(1):
            assert source(target, principal=READER) == wanted


def test_who_may_not_see_it_does_not_find_it(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    own = Principal(name="own", role="referrer", provider_id="D7")
    source(target_of(row), principal=READER)
    with pytest.raises(NoSuchTarget):
        source(target_of(row), principal=own)
    Study.objects.update(referrer_id="D7")
    assert source(target_of(row), principal=own) == source_of(row)
    Instance.objects.update(rejected_as="113001")
    for principal in (own, READER):
        with pytest.raises(OutOfUse):
            source(target_of(row), principal=principal)


def test_where_the_pixels_lie_is_remembered(area: FilesystemArea) -> None:
    (row,) = store(us_instance(frames=4), area=area)
    with area.open(row.storage_key) as file:
        first = located(file, source_of(row))
        again = located(file, source_of(row))
        assert again == first
        assert again.header is first.header
        assert frame(again, 3) == frame(locate(file, transfer_syntax_uid=EXPLICIT), 3)
