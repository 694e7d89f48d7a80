"""A stored object in Explicit VR Little Endian, for callers who can read nothing else."""

from __future__ import annotations

import shutil
import struct
import tempfile
from typing import BinaryIO, Final, cast

import numpy as np
import pydicom
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from archive.retrieve.pixels import NATIVE, UNDEFINED, NoPixelData, PixelDataBroken, locate
from pacs_hub.kernel.errors import Conflict

MEMORY_BYTES: Final = 16 * 1024 * 1024
# Syntaxes that lost something when they were made: decoding them gains nothing (PS3.5 A.4).
LOSSY: Final = frozenset(
    {
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.51",
        "1.2.840.10008.1.2.4.81",
        "1.2.840.10008.1.2.4.91",
        "1.2.840.10008.1.2.4.93",
        "1.2.840.10008.1.2.4.110",
        "1.2.840.10008.1.2.4.112",
        "1.2.840.10008.1.2.4.203",
    }
)
_WORDS: Final = {"OW": "u2", "OL": "u4", "OF": "u4", "OD": "u8", "OV": "u8"}
_VIDEO_PREFIX: Final = "1.2.840.10008.1.2.4.10"


class CannotDecode(Conflict):
    """No decoder here understands the object's pixel data."""

    code = "cannot-decode"


def is_sent_as_stored(transfer_syntax_uid: str) -> bool:
    """Say whether the object is never decoded for a caller who named no syntax (PS3.18 8.7.3.5)."""
    return (
        transfer_syntax_uid == ExplicitVRLittleEndian
        or transfer_syntax_uid in LOSSY
        or transfer_syntax_uid.startswith(_VIDEO_PREFIX)
    )


def may_leave_as_stored(transfer_syntax_uid: str) -> bool:
    """Say whether the web may see this syntax: not Implicit, not Big Endian (PS3.18 8.7.3.5.2)."""
    return transfer_syntax_uid not in NATIVE or transfer_syntax_uid == ExplicitVRLittleEndian


def as_explicit(file: BinaryIO, *, transfer_syntax_uid: str) -> BinaryIO:
    """Return the object as a file in Explicit VR Little Endian; small ones stay in memory.

    The pixels of an Implicit VR object are copied block by block and never held whole.

    Raises:
        CannotDecode: the pixel data needs a decoder that is not here.
        PixelDataBroken: the object is damaged.
    """
    out = _scratch()
    if transfer_syntax_uid == ImplicitVRLittleEndian and _rewritten(file, out):
        return out
    file.seek(0)
    dataset = pydicom.dcmread(file)
    if transfer_syntax_uid not in NATIVE:
        _decompress(dataset)
    if transfer_syntax_uid == ExplicitVRBigEndian:
        _turn_words(dataset)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.preamble = dataset.preamble or b"\0" * 128
    out.seek(0)
    out.truncate()
    try:
        pydicom.dcmwrite(
            out,
            dataset,
            implicit_vr=False,
            little_endian=True,
            force_encoding=True,
        )
    except (ValueError, AttributeError, TypeError) as error:
        raise PixelDataBroken("the object cannot be written anew") from error
    return out


def _scratch() -> BinaryIO:
    return cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES))  # noqa: SIM115


def _decompress(dataset: FileDataset) -> None:
    try:
        dataset.decompress(generate_instance_uid=False)
    except (RuntimeError, NotImplementedError, ValueError, AttributeError, EOFError) as error:
        raise CannotDecode("this object's pixel data cannot be decoded here") from error


def _turn_words(dataset: FileDataset) -> None:
    """Put values that are kept as bytes into little-endian order; the rest is read as numbers."""
    for element in dataset.iterall():
        word = _WORDS.get(element.VR)
        if word is not None and isinstance(element.value, bytes):
            size = int(word[1])
            whole = element.value[: len(element.value) // size * size]
            turned = np.frombuffer(whole, dtype=f">{word}").astype(f"<{word}").tobytes()
            element.value = turned + element.value[len(whole) :]


def _rewritten(file: BinaryIO, out: BinaryIO) -> bool:
    """Write the header anew and copy the pixels; False where there is more than that."""
    try:
        pixels = locate(file, transfer_syntax_uid=ImplicitVRLittleEndian)
    except NoPixelData:
        return False
    file.seek(0, 2)
    if pixels.length == UNDEFINED or file.tell() != pixels.offset + pixels.length:
        return False
    file.seek(0)
    header = pydicom.dcmread(file, stop_before_pixels=True)
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.save_as(out, enforce_file_format=True)
    out.write(struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, pixels.length))
    file.seek(pixels.offset)
    shutil.copyfileobj(file, out, 256 * 1024)
    return True
