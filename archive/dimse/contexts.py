"""What we take of verification and storage: SOP classes and transfer syntaxes (PS3.4 A, B)."""

from __future__ import annotations

from typing import Final

from pydicom.uid import (
    HEVCM10P51,
    HEVCMP51,
    HTJ2K,
    JPEG2000,
    JPEG2000MC,
    MPEG2MPHL,
    MPEG2MPHLF,
    MPEG2MPML,
    MPEG2MPMLF,
    MPEG4HP41,
    MPEG4HP41BD,
    MPEG4HP41BDF,
    MPEG4HP41F,
    MPEG4HP42STEREO,
    MPEG4HP42STEREOF,
    MPEG4HP422D,
    MPEG4HP422DF,
    MPEG4HP423D,
    MPEG4HP423DF,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEG2000MCLossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from pynetdicom.sop_class import Verification

from archive.dicom.storage_classes import STORAGE_CLASSES, may_be_storage

VERIFICATION: Final = str(Verification)

UNCOMPRESSED: Final = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
)
LOSSLESS: Final = (
    JPEG2000Lossless,
    JPEG2000MCLossless,
    JPEGLSLossless,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEGLosslessSV1,
    JPEGLossless,
    UID("1.2.840.10008.1.2.4.110"),  # JPEG XL, lossless
    UID("1.2.840.10008.1.2.4.111"),  # JPEG XL of a JPEG: nothing more is lost on the way
    RLELossless,
    UID("1.2.840.10008.1.2.8.1"),  # Deflated Image Frame
    UID("1.2.840.10008.1.2.1.98"),  # Encapsulated Uncompressed
    UID("1.2.840.10008.1.2.4.58"),  # from here on the retired processes of lossless JPEG
    UID("1.2.840.10008.1.2.4.65"),
    UID("1.2.840.10008.1.2.4.66"),
)
LOSSY: Final = (
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEG2000,
    JPEG2000MC,
    JPEGLSNearLossless,
    HTJ2K,
    UID("1.2.840.10008.1.2.4.112"),  # JPEG XL
    MPEG2MPML,
    MPEG2MPMLF,
    MPEG2MPHL,
    MPEG2MPHLF,
    MPEG4HP41,
    MPEG4HP41F,
    MPEG4HP41BD,
    MPEG4HP41BDF,
    MPEG4HP422D,
    MPEG4HP422DF,
    MPEG4HP423D,
    MPEG4HP423DF,
    MPEG4HP42STEREO,
    MPEG4HP42STEREOF,
    HEVCMP51,
    HEVCM10P51,
    *(UID(f"1.2.840.10008.1.2.4.{process}") for process in (52, 53, 54, 55, 56)),  # retired JPEG
    *(UID(f"1.2.840.10008.1.2.4.{process}") for process in (59, 60, 61, 62, 63, 64)),
)
# Not taken: JPIP (the pixels stay with the sender), SMPTE ST 2110 (live streams), MIME and XML
# (no data sets), Papyrus (a file format).
# By preference: an object comes as its maker compressed it, and is never transcoded on receive.
STORAGE_SYNTAXES: Final = tuple(str(uid) for uid in LOSSLESS + LOSSY + UNCOMPRESSED)
UNCOMPRESSED_SYNTAXES: Final = tuple(str(uid) for uid in UNCOMPRESSED)
# Of what goes back to a C-GET: what can be made of every native object and most others first.
RETURNED_SYNTAXES: Final = tuple(str(uid) for uid in UNCOMPRESSED + LOSSLESS + LOSSY)


def is_verification(uid: str) -> bool:
    """Say whether `uid` is the Verification SOP Class (PS3.4 A)."""
    return uid == VERIFICATION


def is_storage(uid: str) -> bool:
    """Say whether `uid` is a storage SOP class: known, retired, or newer than our dictionary."""
    return uid in STORAGE_CLASSES or may_be_storage(uid)
