"""Frames as pictures."""

import io
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate

from archive.retrieve.display import Window
from archive.retrieve.rendering import Rendering, Viewport, rendered
from archive.retrieve.transcoding import CannotDecode
from tests.support.datasets import cr_instance, ct_instance, dx_instance, part10, us_instance

PNG = "image/png"
JPEG_XL = "1.2.840.10008.1.2.4.110"


def shown(dataset: Dataset, number: int = 1, *, syntax: str = "", **kwargs: Any) -> Image.Image:
    file = io.BytesIO(part10(dataset, transfer_syntax_uid=syntax or "1.2.840.10008.1.2.1"))
    options = {"media_type": PNG, **kwargs}
    return Image.open(io.BytesIO(rendered(file, number, Rendering(**options))))


def levels(image: Image.Image) -> tuple[int, int]:
    """Return the grey in the middle and in the upper left corner."""
    grey = np.asarray(image.convert("L"))
    return int(grey[grey.shape[0] // 2, grey.shape[1] // 2]), int(grey[0, 0])


def test_the_disc_is_white_on_black_and_keeps_its_size() -> None:
    image = shown(ct_instance(rows=40, columns=30, WindowCenter="0", WindowWidth="1900"))
    assert image.size == (30, 40)
    assert levels(image) == (255, 0)


def test_monochrome1_is_turned_round() -> None:
    middle, corner = levels(shown(dx_instance()))
    assert (middle, corner) == (0, 255)


def test_a_window_of_the_caller_goes_before_that_of_the_object() -> None:
    everything_black = shown(ct_instance(), window=Window(center=5000, width=10))
    assert levels(everything_black) == (0, 0)
    half = shown(ct_instance(), window=Window(center=976, width=100, function="linear-exact"))
    assert levels(half)[0] == 128
    curve = shown(ct_instance(), window=Window(center=976, width=100, function="sigmoid"))
    assert levels(curve)[0] == 128


def test_an_object_without_a_window_shows_its_whole_range() -> None:
    assert levels(shown(cr_instance())) == (255, 0)


def test_frames_of_a_loop_differ() -> None:
    first, third = (
        levels(shown(us_instance(), number, window=Window(center=128, width=256)))[0]
        for number in (1, 3)
    )
    assert first < third


def test_a_viewport_fits_and_cuts() -> None:
    dataset = cr_instance(rows=64, columns=48)
    assert shown(dataset, viewport=Viewport(width=32, height=32)).size == (24, 32)
    part = Viewport(width=10, height=10, x=14, y=22, part_width=20, part_height=20)
    cut = shown(dataset, viewport=part)
    assert cut.size == (10, 10)
    assert levels(cut) == (255, 255)


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"]
)
def test_compressed_objects_look_the_same(syntax: str) -> None:
    dataset = ct_instance()
    assert shown(dataset, syntax=syntax).tobytes() == shown(dataset).tobytes()


def test_palette_and_rgb_objects_are_in_colour() -> None:
    dataset = us_instance(frames=1)
    dataset.PhotometricInterpretation, dataset.SamplesPerPixel = "RGB", 3
    dataset.PlanarConfiguration = 0
    red = np.zeros((dataset.Rows, dataset.Columns, 3), np.uint8)
    red[..., 0] = 200
    dataset.PixelData = red.tobytes()
    image = shown(dataset)
    assert image.mode == "RGB"
    assert image.getpixel((3, 3)) == (200, 0, 0)


def test_an_object_nobody_can_decode_says_so() -> None:
    dataset = ct_instance()
    dataset.BitsAllocated = 12
    with pytest.raises(CannotDecode):
        shown(dataset)


@pytest.mark.parametrize(("rows", "is_shown"), [(64, True), (63, False), (20_000, False)])
def test_a_jpeg_xl_of_another_size_than_its_header_is_not_decoded(
    rows: int, is_shown: bool
) -> None:
    picture = imagecodecs.jpegxl_encode(np.zeros((rows, 48), dtype="u1"))
    dataset = cr_instance(rows=64, columns=48, BitsAllocated=8, BitsStored=8, HighBit=7)
    dataset.PixelData = encapsulate([picture])
    dataset["PixelData"].is_undefined_length = True
    dataset["PixelData"].VR = "OB"
    file = io.BytesIO()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = JPEG_XL
    dataset.save_as(file, enforce_file_format=True)
    if is_shown:
        image = Image.open(io.BytesIO(rendered(file, 1, Rendering(media_type=PNG))))
        assert image.size == (48, 64)
    else:
        with pytest.raises(CannotDecode):
            rendered(file, 1, Rendering())
