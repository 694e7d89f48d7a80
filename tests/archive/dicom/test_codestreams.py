"""What compressed pictures say of themselves, against libraries that made them."""

import io
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames

from archive.dicom.codestreams import NotACodestream, codestream_of, jpeg_2000_start
from tests.support.datasets import disc

GREY = disc(20, 30, top=200, dtype="uint8")
COLOUR = np.stack([GREY, GREY // 2, 255 - GREY], axis=2)
GREY_16 = disc(20, 30, top=4000)


def pillow(kind: str, array: Any, **how: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(array).save(out, kind, **how)
    return out.getvalue()


LOSSY_J2K = pillow("JPEG2000", COLOUR, irreversible=True, mct=1)


@pytest.mark.parametrize(
    ("data", "tail", "samples", "bits", "photometric", "method"),
    [
        (pillow("JPEG", GREY), "50", 1, 8, "MONOCHROME2", "ISO_10918_1"),
        (pillow("JPEG", COLOUR), "50", 3, 8, "YBR_FULL_422", "ISO_10918_1"),
        (pillow("JPEG", COLOUR, subsampling=0), "50", 3, 8, "YBR_FULL", "ISO_10918_1"),
        (pillow("JPEG", COLOUR, keep_rgb=True), "50", 3, 8, "RGB", "ISO_10918_1"),
        (imagecodecs.ljpeg_encode(GREY_16, bitspersample=12), "57", 1, 12, "MONOCHROME2", ""),
        (imagecodecs.jpegls_encode(GREY_16), "80", 1, 12, "MONOCHROME2", ""),
        (imagecodecs.jpegls_encode(GREY, level=2), "81", 1, 8, "MONOCHROME2", "ISO_14495_1"),
        (pillow("JPEG2000", GREY, irreversible=False), "90", 1, 8, "MONOCHROME2", ""),
        (pillow("JPEG2000", COLOUR, mct=1), "90", 3, 8, "YBR_RCT", ""),
        (pillow("JPEG2000", COLOUR, mct=0), "90", 3, 8, "RGB", ""),
        (
            pillow("JPEG2000", COLOUR, irreversible=True, mct=1),
            "91",
            3,
            8,
            "YBR_ICT",
            "ISO_15444_1",
        ),
        (imagecodecs.htj2k_encode(GREY_16), "201", 1, 16, "MONOCHROME2", ""),
    ],
)
def test_a_codestream_tells_what_it_is(
    data: bytes, tail: str, samples: int, bits: int, photometric: str, method: str
) -> None:
    found = codestream_of(data)
    assert found.transfer_syntax_uid == f"1.2.840.10008.1.2.4.{tail}"
    assert (found.rows, found.columns, found.samples) == (20, 30, samples)
    assert found.photometric == photometric
    assert found.method == method
    assert found.bits in {bits, 16}


@pytest.mark.parametrize(
    "name",
    [
        "SC_rgb_jpeg_gdcm.dcm",
        "JPEGLSNearLossless_08.dcm",
        "JPEG2000.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
    ],
)
def test_a_codestream_tells_the_syntax_of_the_object_it_came_in(name: str) -> None:
    dataset = pydicom.dcmread(str(get_testdata_file(name)))
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    found = codestream_of(frame)
    assert found.transfer_syntax_uid == dataset.file_meta.TransferSyntaxUID
    assert (found.rows, found.columns) == (dataset.Rows, dataset.Columns)


def test_boxes_around_a_jpeg_2000_codestream_are_seen() -> None:
    boxed = pillow("JPEG2000", GREY)
    assert boxed[jpeg_2000_start(boxed) :].startswith(b"\xff\x4f\xff\x51")
    assert jpeg_2000_start(b"\xff\x4f\xff\x51") == 0


@pytest.mark.parametrize("data", [pillow("JPEG", COLOUR, progressive=True), b"", b"GIF89a"])
def test_what_dicom_has_no_syntax_for_is_refused(data: bytes) -> None:
    with pytest.raises(NotACodestream):
        codestream_of(data)


@given(
    st.sampled_from([pillow("JPEG", GREY), pillow("JPEG2000", GREY), b"\xff\xd8"]),
    st.integers(0, 400),
    st.binary(max_size=6),
)
def test_damage_is_an_error_and_never_a_crash(data: bytes, place: int, damage: bytes) -> None:
    for broken in (data[:place], data[:place] + damage + data[place + len(damage) :]):
        try:
            codestream_of(broken)
        except NotACodestream:
            continue
