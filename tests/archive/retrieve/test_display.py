"""What a screen shows of stored values, value by value."""

from typing import Any

import numpy as np
import pytest
from pydicom import Dataset

from archive.retrieve.display import Window, on_screen
from archive.retrieve.transcoding import CannotDecode


def header(**facts: Any) -> Dataset:
    ds = Dataset()
    ds.PhotometricInterpretation, ds.PixelRepresentation = "MONOCHROME2", 0
    ds.BitsAllocated = ds.BitsStored = 16
    for keyword, value in facts.items():
        setattr(ds, keyword, value)
    return ds


def item(**facts: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in facts.items():
        setattr(ds, keyword, value)
    return ds


def shown(values: list[Any], ds: Dataset, *, dtype: str = "uint16", number: int = 1) -> list[Any]:
    return list(on_screen(np.array([values], dtype=dtype), ds, number, None)[0].tolist())


def lut(first: int, entries: list[int], bits: int = 8) -> Dataset:
    found = item(LUTDescriptor=[len(entries), first, bits])
    found.add_new(0x00283006, "OW", np.array(entries, "<u2").tobytes())
    return found


def test_a_voi_lut_is_scaled_by_its_bits_and_not_by_what_the_image_happens_to_use() -> None:
    ds = header(VOILUTSequence=[lut(100, [0, 512, 1023], bits=10)])
    assert shown([0, 100, 101, 102, 5000], ds) == [0, 0, 128, 255, 255]


def test_a_voi_lut_may_begin_below_zero() -> None:
    ds = header(
        RescaleSlope="1", RescaleIntercept="-1024", VOILUTSequence=[lut(65536 - 2, [0, 100, 255])]
    )
    assert shown([1022, 1023, 1024, 9], ds) == [0, 100, 255, 0]


def test_a_modality_lut_goes_before_the_window() -> None:
    ds = header(ModalityLUTSequence=[lut(0, [0, 1000, 2000], bits=16)])
    ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = "1000", "2000", "LINEAR_EXACT"
    assert shown([0, 1, 2], ds) == [0, 128, 255]


def test_slope_and_intercept_go_before_the_window() -> None:
    ds = header(RescaleSlope="2", RescaleIntercept="-100")
    ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = ["0", "5"], ["200", "1"], "LINEAR_EXACT"
    assert shown([0, 50, 100], ds) == [0, 128, 255]


def test_signed_values_are_signed() -> None:
    ds = header(PixelRepresentation=1, WindowCenter="0", WindowWidth="100")
    ds.VOILUTFunction = "LINEAR_EXACT"
    assert shown([-50, 0, 50], ds, dtype="int16") == [0, 128, 255]


@pytest.mark.parametrize(
    ("function", "wanted"),
    [("LINEAR", [0, 129, 255]), ("LINEAR_EXACT", [0, 128, 255]), ("SIGMOID", [30, 128, 225])],
)
def test_the_three_functions(function: str, wanted: list[int]) -> None:
    ds = header(WindowCenter="100", WindowWidth="100", VOILUTFunction=function)
    got = shown([50, 100, 150], ds)
    assert got == [wanted[0], pytest.approx(wanted[1], abs=1), pytest.approx(wanted[2], abs=1)]


def test_a_frame_has_its_own_window_or_the_shared_one() -> None:
    def group(center: str) -> Dataset:
        voi = item(WindowCenter=center, WindowWidth="2", VOILUTFunction="LINEAR_EXACT")
        return item(FrameVOILUTSequence=[voi])

    ds = header(SharedFunctionalGroupsSequence=[group("10")])
    ds.PerFrameFunctionalGroupsSequence = [group("20"), item()]
    assert shown([10, 20], ds, number=1) == [0, 128]
    assert shown([10, 20], ds, number=2) == [128, 255]


def test_a_frame_has_its_own_rescale() -> None:
    rescale = item(RescaleSlope="1", RescaleIntercept="-10")
    ds = header(WindowCenter="0", WindowWidth="20", VOILUTFunction="LINEAR_EXACT")
    ds.PerFrameFunctionalGroupsSequence = [item(PixelValueTransformationSequence=[rescale])]
    assert shown([0, 10, 20], ds) == [0, 128, 255]


def test_monochrome1_and_an_inverse_presentation_are_turned_round_once() -> None:
    ds = header(WindowCenter="100", WindowWidth="200", VOILUTFunction="LINEAR_EXACT")
    ds.PhotometricInterpretation = "MONOCHROME1"
    assert shown([0, 200], ds) == [255, 0]
    ds.PresentationLUTShape = "INVERSE"
    assert shown([0, 200], ds) == [255, 0]
    ds.PhotometricInterpretation = "MONOCHROME2"
    assert shown([0, 200], ds) == [255, 0]


def test_padding_is_black_and_does_not_count() -> None:
    ds = header(PixelRepresentation=1, PixelPaddingValue=-2000)
    assert shown([-2000, 0, 100], ds, dtype="int16") == [0, 0, 255]
    ds.PhotometricInterpretation, ds.PixelPaddingRangeLimit = "MONOCHROME1", -1900
    assert shown([-2000, -1950, 0, 100], ds, dtype="int16") == [0, 0, 255, 0]


def test_bytes_without_a_window_are_shown_as_they_are() -> None:
    assert shown([0, 60, 100], header(BitsStored=8), dtype="uint8") == [0, 60, 100]
    assert shown([0, 1], header(BitsStored=1), dtype="uint8") == [0, 255]


def test_other_values_without_a_window_fill_the_screen() -> None:
    assert shown([1000, 1500, 2000], header()) == [0, 127, 255]
    assert shown([7, 7], header()) == [0, 0]
    assert shown([0.0, float("nan"), 2.0], header(), dtype="float32") == [0, 0, 255]


def palette(bits: int, red: bytes, green: bytes, blue: bytes) -> Dataset:
    ds = header(PhotometricInterpretation="PALETTE COLOR", BitsAllocated=8, BitsStored=8)
    for colour, entries in (("Red", red), ("Green", green), ("Blue", blue)):
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [4, 1, bits])
        setattr(ds, f"{colour}PaletteColorLookupTableData", entries)
    return ds


def words(*entries: int) -> bytes:
    return np.array(entries, "<u2").tobytes()


def test_a_palette_of_words_and_one_of_bytes() -> None:
    grey, none = words(0, 0x4000, 0x8000, 0xFFFF), words(0, 0, 0, 0)
    assert shown([0, 2, 9], palette(16, grey, none, grey), dtype="uint8") == [
        [0, 0, 0],
        [64, 0, 64],
        [255, 0, 255],
    ]
    byte, zero = bytes([0, 10, 20, 30]), bytes(4)
    assert shown([1, 4], palette(8, byte, zero, byte), dtype="uint8") == [[0, 0, 0], [30, 0, 30]]
    # 8-bit entries in a table that calls itself 16-bit
    small = words(0, 100, 200, 255)
    assert shown([2, 4], palette(16, small, small, small), dtype="uint8") == [[100] * 3, [255] * 3]


def test_a_segmented_palette() -> None:
    ds = header(PhotometricInterpretation="PALETTE COLOR", BitsAllocated=8, BitsStored=8)
    ds.set_original_encoding(is_implicit_vr=False, is_little_endian=True)
    for colour in ("Red", "Green", "Blue"):
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [5, 0, 16])
        steps = words(0, 1, 0, 1, 4, 0xFFFF)  # one entry 0, then a line of four up to white
        setattr(ds, f"Segmented{colour}PaletteColorLookupTableData", steps)
    assert [rgb[0] for rgb in shown([0, 4], ds, dtype="uint8")] == [0, 255]


def test_colour_of_more_than_eight_bits_keeps_its_proportions() -> None:
    ds = header(PhotometricInterpretation="RGB", BitsStored=12)
    pixels = np.array([[[0, 2048, 4095]]], dtype="uint16")
    assert on_screen(pixels, ds, 1, None).tolist() == [[[0, 128, 255]]]


def test_partial_range_colour_is_turned_round() -> None:
    ds = header(PhotometricInterpretation="YBR_PARTIAL_420", BitsStored=8)
    pixels = np.array([[[16, 128, 128], [235, 128, 128], [81, 90, 240]]], dtype="uint8")
    black, white, red = on_screen(pixels, ds, 1, None)[0].tolist()
    assert (black, white) == ([0, 0, 0], [255, 255, 255])
    assert red[0] > 250
    assert max(red[1:]) < 6


def test_tables_that_make_no_sense_are_said_so() -> None:
    for ds in (
        header(VOILUTSequence=[item(LUTDescriptor=[3, 0, 8])]),
        header(PhotometricInterpretation="PALETTE COLOR"),
        palette(16, b"", b"", b""),
    ):
        with pytest.raises(CannotDecode):
            shown([1], ds)


def test_the_callers_window_goes_first() -> None:
    ds = header(VOILUTSequence=[lut(0, [0, 255])], WindowCenter="5", WindowWidth="10")
    window = Window(center=1000, width=10, function="linear-exact")
    got = on_screen(np.array([[994, 1000, 1006]], dtype="uint16"), ds, 1, window)
    assert got.tolist() == [[0, 128, 255]]
