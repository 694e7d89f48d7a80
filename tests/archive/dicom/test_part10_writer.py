"""Part 10 files written piece by piece, read back by pydicom."""

import io

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.encaps import generate_frames

from archive.dicom.meta_reader import transfer_syntax_of
from archive.dicom.part10 import NotDicom
from archive.dicom.part10_writer import Bytes, LongValue, ValueTooLong, Writer, part10
from tests.support.datasets import ct_instance
from tests.support.datasets import part10 as whole

EXPLICIT, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"
WRITER = Writer(
    ae_title="PACSHUB", implementation_class_uid="2.25.1", implementation_version_name="HUB"
)


def written(syntax: str, values: dict[int, LongValue]) -> bytes:
    dataset = ct_instance(PixelData=None)
    dataset.add_new(0xFFFCFFFC, "OB", b"\0\0")  # stands behind the pixel data
    return b"".join(part10(dataset, transfer_syntax_uid=syntax, writer=WRITER, values=values))


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=4))
def test_a_long_value_comes_in_pieces_and_in_its_place(pieces: list[bytes]) -> None:
    value = LongValue(vr="OB", pieces=[Bytes(len(piece), [piece]) for piece in pieces])
    found = pydicom.dcmread(io.BytesIO(written(EXPLICIT, {0x7FE00010: value, 0x00420011: value})))
    content = b"".join(pieces)
    content += b"\0" * (len(content) % 2)
    assert found.PixelData == found.EncapsulatedDocument == content
    assert list(found.keys()) == sorted(found.keys())
    assert found.file_meta.SourceApplicationEntityTitle == "PACSHUB"


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=4))
def test_frames_are_fragments(frames: list[bytes]) -> None:
    value = LongValue(
        vr="OB", pieces=[Bytes(len(frame), [frame]) for frame in frames], is_encapsulated=True
    )
    found = pydicom.dcmread(io.BytesIO(written(JPEG, {0x7FE00010: value})))
    got = generate_frames(found.PixelData, number_of_frames=len(frames))
    assert [frame[: len(sent)] for frame, sent in zip(got, frames, strict=True)] == frames


def test_a_value_no_length_field_can_say_is_refused() -> None:
    value = LongValue(vr="OB", pieces=[Bytes(2**32, [])])
    with pytest.raises(ValueTooLong):
        written(EXPLICIT, {0x7FE00010: value})


def test_the_transfer_syntax_is_read_from_the_start_of_a_file() -> None:
    content = whole(ct_instance(), transfer_syntax_uid=EXPLICIT)
    assert transfer_syntax_of(io.BytesIO(content)) == EXPLICIT


@given(st.integers(0, 400), st.binary(max_size=6))
def test_a_damaged_start_is_an_error(place: int, damage: bytes) -> None:
    content = whole(ct_instance(), transfer_syntax_uid=EXPLICIT)
    for broken in (content[:place], content[:place] + damage + content[place + len(damage) :]):
        try:
            transfer_syntax_of(io.BytesIO(broken))
        except NotDicom:
            continue
