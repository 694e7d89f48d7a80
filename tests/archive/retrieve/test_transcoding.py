"""Objects in another transfer syntax: the pixels stay what they are, whatever carries them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import BinaryIO

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.errors import InvalidDicomError

from archive.retrieve.decoding import Frame, decoded, frames
from archive.retrieve.leaving import CannotTranscode
from archive.retrieve.pixels import NoPixelData, PixelDataBroken, locate
from archive.retrieve.transcoding import CannotDecode
from tests.support.datasets import ct_instance, part10, us_instance
from tests.support.samples import PYDICOM_FILES, SAMPLE_FILES, leaving

EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
BIG, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
RLE, JPEG_LS = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80"
J2K, HTJ2K = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
NATIVE = (EXPLICIT, IMPLICIT, BIG, DEFLATED)
ENCODED = (RLE, JPEG_LS, J2K, HTJ2K, JPEG_LOSSLESS)
SURELY_LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81")
MOST_FRAMES = 40
STORABLE = (EXPLICIT, IMPLICIT, BIG, DEFLATED, RLE, JPEG_LS, J2K)


def in_syntax(path: Path, stored: str, target: str) -> bytes:
    """Return the file as it leaves for a receiver that takes `target` only."""
    departing = leaving(path, stored, accepted=[target])
    assert departing.transfer_syntax_uid == target
    length = departing.length
    content = b"".join(departing.part10())
    assert length in {None, len(content)}
    return content


def read(content: bytes) -> Dataset:
    """Read a file whole."""
    return pydicom.dcmread(io.BytesIO(content))


@pytest.mark.parametrize("target", [*NATIVE, *ENCODED])
@pytest.mark.parametrize("stored", STORABLE)
def test_every_syntax_can_become_every_other(tmp_path: Path, stored: str, target: str) -> None:
    dataset = us_instance(frames=3)
    path = tmp_path / "object"
    path.write_bytes(part10(dataset, transfer_syntax_uid=stored))
    back = read(in_syntax(path, stored, target))
    assert back.file_meta.TransferSyntaxUID == target
    assert (back.pixel_array == read(part10(dataset)).pixel_array).all()
    assert (back.PatientName, back.SOPInstanceUID) == ("Doe^Jane", dataset.SOPInstanceUID)
    if target in {EXPLICIT, IMPLICIT}:
        assert back.PixelData == dataset.PixelData


@pytest.mark.parametrize("target", [EXPLICIT, *ENCODED])
def test_signed_values_keep_their_sign(tmp_path: Path, target: str) -> None:
    dataset = ct_instance()
    values = np.arange(-512, 512, dtype="<i2").reshape(32, 32)
    dataset.PixelRepresentation, dataset.PixelData = 1, values.tobytes()
    path = tmp_path / "object"
    path.write_bytes(part10(dataset))
    if target == EXPLICIT:
        path.write_bytes(in_syntax(path, EXPLICIT, J2K))
    content = in_syntax(path, J2K if target == EXPLICIT else EXPLICIT, target)
    assert (decoded(io.BytesIO(content), 1, raw=True) == values).all()


@pytest.mark.parametrize("target", ENCODED)
def test_bits_above_the_stored_ones_are_not_lost(tmp_path: Path, target: str) -> None:
    dataset = ct_instance()
    values = np.arange(1024, dtype="<u2").reshape(32, 32) * 60
    dataset.PixelData = values.tobytes()
    path = tmp_path / "object"
    path.write_bytes(part10(dataset))
    path.write_bytes(in_syntax(path, EXPLICIT, target))
    assert read(in_syntax(path, target, EXPLICIT)).PixelData == dataset.PixelData


@pytest.mark.parametrize("target", ENCODED)
def test_colour_stays_colour(tmp_path: Path, target: str) -> None:
    dataset = us_instance(frames=2)
    values = np.random.default_rng(3).integers(0, 256, (2, 32, 40, 3), dtype=np.uint8)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
    dataset.PlanarConfiguration = 1
    dataset.PixelData = values.transpose(0, 3, 1, 2).tobytes()
    path = tmp_path / "object"
    path.write_bytes(part10(dataset))
    content = in_syntax(path, EXPLICIT, target)
    back = read(content)
    assert (back.PhotometricInterpretation, back.PlanarConfiguration) == ("RGB", 0)
    assert (decoded(io.BytesIO(content), 2, raw=True) == values[1]).all()


def test_elements_after_the_pixels_survive_a_new_syntax(tmp_path: Path) -> None:
    dataset = ct_instance()
    dataset.add_new(0xFFFCFFFC, "OB", b"\0" * 16)
    path = tmp_path / "object"
    path.write_bytes(part10(dataset, transfer_syntax_uid=IMPLICIT))
    assert 0xFFFCFFFC in read(in_syntax(path, IMPLICIT, EXPLICIT))


def test_what_has_no_pixels_is_not_compressed(tmp_path: Path) -> None:
    dataset = ct_instance(PixelData=None)
    path = tmp_path / "object"
    path.write_bytes(part10(dataset))
    with pytest.raises(CannotTranscode):
        in_syntax(path, EXPLICIT, JPEG_LS)


def test_a_size_that_is_a_lie_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    dataset = ct_instance(Rows=65535, Columns=65535)
    path = tmp_path / "object"
    path.write_bytes(part10(dataset))
    with pytest.raises(CannotTranscode):
        in_syntax(path, EXPLICIT, RLE)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("stored", [RLE, JPEG_LS, J2K, HTJ2K, JPEG_LOSSLESS])
def test_broken_pixels_are_an_error_and_no_more(tmp_path: Path, stored: str) -> None:
    path = tmp_path / "object"
    path.write_bytes(part10(us_instance(frames=2)))
    whole = in_syntax(path, EXPLICIT, stored)
    pixels = whole.rindex(b"\xe0\x7f\x10\x00")
    random = Random(stored)
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(random.choice((1, 3, 20))):
            content[random.randrange(pixels, len(content))] = random.randrange(256)
        path.write_bytes(content)
        with suppress(CannotTranscode):
            read(in_syntax(path, stored, EXPLICIT))


def frames_of(file: BinaryIO, syntax: str) -> Iterator[Frame]:
    """Yield the frames of an open file, unused bits and all."""
    return frames(locate(file, transfer_syntax_uid=syntax))


def original(path: Path) -> tuple[str, list[Frame] | None] | None:
    """Return syntax and frames, if they can be decoded; None where it is not DICOM, or large."""
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True, defer_size=65536)
        syntax = str(header.file_meta.TransferSyntaxUID)
    except (InvalidDicomError, AttributeError, EOFError):
        return None
    try:
        with path.open("rb") as file:
            few = locate(file, transfer_syntax_uid=syntax).number_of_frames <= MOST_FRAMES
            return (syntax, list(frames_of(file, syntax))) if few else None
    except (CannotDecode, NoPixelData, PixelDataBroken):
        return syntax, None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", [*PYDICOM_FILES, *SAMPLE_FILES], ids=lambda path: path.name[-60:])
def test_samples_keep_their_pixels_in_every_syntax(path: Path) -> None:
    found = original(path)
    if found is None:
        return
    syntax, wanted = found
    for target in {EXPLICIT, IMPLICIT, RLE, JPEG_LS, J2K, HTJ2K} - {syntax}:
        try:
            content = in_syntax(path, syntax, target)
        except CannotTranscode:
            assert wanted is None or target not in {EXPLICIT, IMPLICIT}
            continue
        back = read(content)
        if wanted is None:
            continue
        for was, now in zip(wanted, frames_of(io.BytesIO(content), target), strict=True):
            assert (was.values == now.values).all(), target
            assert was.values.dtype.newbyteorder("=") == now.values.dtype.newbyteorder("=")
            assert was.photometric == now.photometric
            if not {syntax, target} <= {*NATIVE}:
                assert now.photometric == back.PhotometricInterpretation
        if syntax in SURELY_LOSSY:
            assert back.LossyImageCompression == "01"
