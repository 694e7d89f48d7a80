"""What the page of attributes says leaves is what leaves."""

from __future__ import annotations

import io

import pytest
from pydicom import Dataset, dcmread

from archive.corrections.services import correct_study
from archive.dicom.json_model import text_value, to_json
from archive.dicom.side_by_side import Line, side_by_side
from archive.models import Instance
from archive.retrieve.attributes import attributes_of
from archive.retrieve.leaving import leave
from archive.storage.area import NoSuchObject
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import ct_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db

ANA = Origin.over_http(user="ana")


def stored(area: FilesystemArea, dataset: Dataset) -> Instance:
    (row,) = store(dataset, area=area)
    return Instance.objects.select_related("study__patient__survivor", "series").get(pk=row.pk)


def by_tag(lines: list[Line]) -> dict[str, Line]:
    return {line.path: line for line in lines}


def test_nothing_differs_where_nothing_is_corrected(area: FilesystemArea) -> None:
    both = attributes_of(stored(area, ct_instance()), area=area)
    assert (both.number_of_differences, both.reasons) == (0, [])
    lines = by_tag(both.lines)
    assert lines["00100010"].received == lines["00100010"].leaving == "Doe^Jane"
    assert lines["00100010"].name == "Patient's Name"
    assert lines["00080005"].received == "ISO_IR 100"
    assert not lines["7FE00010"].differs
    assert by_tag(both.meta)["00020010"].received == (
        "1.2.840.10008.1.2.1 (Explicit VR Little Endian)"
    )


def test_a_correction_shows_both_values_and_who_made_it(area: FilesystemArea) -> None:
    row = stored(area, ct_instance())
    correct_study(
        study_id=row.study_id,
        attributes={
            "00080050": text_value("SH", ["A-9"]),
            "00100010": text_value("PN", ["Дом^Анна"]),
        },
        reason="CORRECT",
        source="order",
        origin=ANA,
    )
    row = Instance.objects.select_related("study__patient__survivor", "series").get(pk=row.pk)
    both = attributes_of(row, area=area)
    lines = by_tag(both.lines)
    assert (lines["00080050"].received, lines["00080050"].leaving) == ("A100", "A-9")
    assert (lines["00080005"].received, lines["00080005"].leaving) == ("ISO_IR 100", "ISO_IR 192")
    original = lines["04000561"]
    assert (original.received, original.leaving) == (None, "1 item")
    assert lines["04000561.1.04000550.1.00080050"].leaving == "A100"
    (why,) = both.reasons
    assert (why.reason, why.source, why.actor) == ("CORRECT", "order", "ana")
    assert why.tags == ("00080050", "00100010")


def test_the_leaving_side_is_the_header_that_leaves(area: FilesystemArea) -> None:
    row = stored(area, ct_instance())
    correct_study(
        study_id=row.study_id,
        attributes={"00081030": text_value("LO", ["CT head"])},
        reason="COERCE",
        source="order",
        origin=ANA,
    )
    row = Instance.objects.select_related("study__patient__survivor", "series").get(pk=row.pk)
    with leave(row, area=area) as going:
        real = dcmread(io.BytesIO(b"".join(going.part10())), stop_before_pixels=True)
    left = to_json(real, bulk_uri=lambda _: "")
    left["00080005"] = text_value("CS", [str(real.SpecificCharacterSet)])
    expected = {line.path: line.leaving for line in side_by_side(left, left)}
    told = {
        line.path: line.leaving
        for line in attributes_of(row, area=area).lines
        if line.leaving is not None and line.path != "7FE00010"
    }
    assert told == expected


def test_what_is_long_binary_private_or_repeated_is_shortened(area: FilesystemArea) -> None:
    dataset = ct_instance()
    block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x10, "OB", bytes(range(200)))
    dataset.ImageComments = "x" * 5000
    dataset.add_new(0x00189999, "UN", b"ab")
    dataset.ReferencedImageSequence = [Dataset() for _ in range(30)]
    for item in dataset.ReferencedImageSequence:
        item.ReferencedSOPInstanceUID = "1.2.3"
    lines = by_tag(attributes_of(stored(area, dataset), area=area).lines)
    binary = lines["00291010"]
    assert binary.name == "CSA Image Header Info"
    assert binary.received is not None
    assert binary.received.endswith("… (200 bytes)")
    assert str(lines["00204000"].received).endswith("(5000 characters)")
    assert lines["00081140"].received == "30 items"
    assert lines["00081140.20.00081155"].under == "00081140.20"
    assert lines["00081140.more"].name == "10 more items are not shown"
    assert "00081140.21" not in lines


def test_bytes_that_are_gone_are_told(area: FilesystemArea) -> None:
    row = stored(area, ct_instance())
    area.delete(row.storage_key)
    with pytest.raises(NoSuchObject):
        attributes_of(row, area=area)
