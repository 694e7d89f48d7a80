"""The size of a JPEG XL picture is read before anything is decoded."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest

from archive.dicom.jpeg_xl import announced_size


@pytest.mark.parametrize("in_boxes", [False, True])
@pytest.mark.parametrize(
    "shape",
    [(1, 1), (8, 8), (7, 9), (256, 248), (600, 800), (1080, 1920), (20_000, 20), (513, 513, 3)],
)
def test_the_size_is_what_the_encoder_was_given(shape: tuple[int, ...], in_boxes: bool) -> None:
    picture = imagecodecs.jpegxl_encode(np.zeros(shape, dtype="u1"), usecontainer=in_boxes)
    assert announced_size(picture) == shape[:2]


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff\xe0", b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="JPEG XL"):
        announced_size(data)
