"""A deflated data set is read as far as it is needed, and never inflated without end."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from archive.dicom import encoding
from archive.dicom.inflating import HEAD_BYTES, InflatesTooFar, inflate, inflated_head
from archive.dicom.part10 import NotDicom, Truncated, read_header
from tests.support.datasets import ct_instance, part10


def deflated(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()


def test_what_fits_is_inflated_whole() -> None:
    assert inflate(deflated(b"abc" * 1000), most=3000) == b"abc" * 1000


def test_what_is_too_long_is_not_inflated() -> None:
    with pytest.raises(InflatesTooFar):
        inflate(deflated(bytes(10_000_000)), most=1_000_000)


def test_what_is_cut_short_is_an_error() -> None:
    with pytest.raises(zlib.error):
        inflate(deflated(b"abc" * 1000)[:-4], most=3000)
    with pytest.raises(zlib.error):
        inflated_head(io.BytesIO(deflated(b"abc" * 1000)[:-4]))


def test_of_a_long_data_set_the_beginning_is_kept_and_the_length_known() -> None:
    long = bytes(HEAD_BYTES + 1_000_000)
    head, total = inflated_head(io.BytesIO(deflated(long)))
    assert (len(head), total) == (HEAD_BYTES, len(long))


def test_the_header_of_a_deflated_object_is_read(tmp_path: Path) -> None:
    sent = ct_instance()
    file = tmp_path / "deflated.dcm"
    file.write_bytes(part10(sent, transfer_syntax_uid=DeflatedExplicitVRLittleEndian))
    read = read_header(file)
    assert read.PatientName == sent.PatientName
    assert "PixelData" not in read


@pytest.mark.parametrize(("cut", "error"), [(100, Truncated), (0, None)])
def test_a_deflated_object_that_ends_in_its_pixels_is_truncated(
    tmp_path: Path, cut: int, error: type[Exception] | None
) -> None:
    sent = ct_instance()
    whole = part10(sent, transfer_syntax_uid=DeflatedExplicitVRLittleEndian)
    start = 144 + int.from_bytes(whole[140:144], "little")
    plain = encoding.encode(sent, transfer_syntax="1.2.840.10008.1.2.1")
    file = tmp_path / "deflated.dcm"
    file.write_bytes(whole[:start] + deflated(plain[: len(plain) - cut]))
    if error is None:
        assert read_header(file).Rows == 32
    else:
        with pytest.raises(error):
            read_header(file)


def test_what_says_it_is_deflated_and_is_not_is_no_dicom(tmp_path: Path) -> None:
    whole = part10(ct_instance(), transfer_syntax_uid=DeflatedExplicitVRLittleEndian)
    start = 144 + int.from_bytes(whole[140:144], "little")
    file = tmp_path / "deflated.dcm"
    file.write_bytes(whole[:start] + b"\xff" * 100)
    with pytest.raises(NotDicom):
        read_header(file)


def test_a_query_cannot_inflate_without_end() -> None:
    bomb = deflated(bytes(100_000_000))
    with pytest.raises(InflatesTooFar):
        encoding.decode(bomb, transfer_syntax=DeflatedExplicitVRLittleEndian)
