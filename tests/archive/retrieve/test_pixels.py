"""Frames by offset, whatever the transfer syntax."""

import io

import numpy as np
import pytest
from pydicom import Dataset

from archive.retrieve.decoding import decoded_bytes
from archive.retrieve.pixels import NoPixelData, NoSuchFrame, PixelDataBroken, frame, locate
from tests.support.datasets import ct_instance, part10, pdf_instance, us_instance

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
ALL = (IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN, RLE, JPEG_LS, JPEG_2000)


def opened(dataset: Dataset, transfer_syntax_uid: str = EXPLICIT) -> io.BytesIO:
    return io.BytesIO(part10(dataset, transfer_syntax_uid=transfer_syntax_uid))


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN])
def test_native_frames_are_little_endian_whatever_they_were(syntax: str) -> None:
    dataset = ct_instance()
    pixels = locate(opened(dataset, syntax), transfer_syntax_uid=syntax)
    assert frame(pixels, 1) == dataset.PixelData


@pytest.mark.parametrize("syntax", ALL)
def test_each_frame_of_a_loop_is_its_own(syntax: str) -> None:
    dataset = us_instance(frames=4)
    size = dataset.Rows * dataset.Columns
    pixels = locate(opened(dataset, syntax), transfer_syntax_uid=syntax)
    assert pixels.number_of_frames == 4
    for number in range(1, 5):
        wanted = dataset.PixelData[(number - 1) * size : number * size]
        content = frame(pixels, number)
        if pixels.is_native:
            assert content == wanted
        else:
            assert decoded_bytes(pixels.file, number) == wanted


@pytest.mark.parametrize("syntax", [EXPLICIT, RLE])
@pytest.mark.parametrize("number", [0, 4])
def test_a_frame_that_is_not_there_is_unknown(syntax: str, number: int) -> None:
    pixels = locate(opened(us_instance(frames=3), syntax), transfer_syntax_uid=syntax)
    with pytest.raises(NoSuchFrame):
        frame(pixels, number)


def test_an_object_without_pixels_says_so() -> None:
    with pytest.raises(NoPixelData):
        locate(opened(pdf_instance()), transfer_syntax_uid=EXPLICIT)


def test_a_truncated_object_says_so() -> None:
    whole = part10(ct_instance())
    pixels = locate(io.BytesIO(whole[:-100]), transfer_syntax_uid=EXPLICIT)
    with pytest.raises(PixelDataBroken):
        frame(pixels, 1)


def test_single_bit_frames_that_do_not_end_on_a_byte_are_cut_out() -> None:
    frames = [np.arange(15).reshape(3, 5) % (2 + n) == 0 for n in range(3)]
    dataset = us_instance(frames=3)
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 3, 5, "3"
    dataset.BitsAllocated = dataset.BitsStored = 1
    dataset.HighBit = 0
    packed = np.packbits(np.concatenate([f.ravel() for f in frames]), bitorder="little")
    dataset.PixelData = packed.tobytes()
    pixels = locate(opened(dataset), transfer_syntax_uid=EXPLICIT)
    for number, wanted in enumerate(frames, start=1):
        got = np.unpackbits(np.frombuffer(frame(pixels, number), np.uint8), bitorder="little")
        assert (got[:15].reshape(3, 5) == wanted).all()
