"""Fill in the Image Pixel Macro from what pixels say of themselves (PS3.3 C.7.6.3); pure."""

from __future__ import annotations

from pydicom import Dataset

from archive.dicom.codestreams import Codestream
from archive.dicom.mp4 import Video


def add_missing(dataset: Dataset, **values: object) -> None:
    """Set the attributes the dataset leaves out or empty."""
    for keyword, value in values.items():
        if dataset.get(keyword) in {None, ""}:
            setattr(dataset, keyword, value)


def add_samples(dataset: Dataset, *, samples: int, bits: int, is_signed: bool = False) -> None:
    """Tell how the samples are laid out, where that is not told."""
    add_missing(
        dataset,
        SamplesPerPixel=samples,
        BitsAllocated=8 if bits <= 8 else 16,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=int(is_signed),
    )
    if samples > 1:
        add_missing(dataset, PlanarConfiguration=0)


def add_codestream(dataset: Dataset, found: Codestream) -> None:
    """Tell what a compressed frame says of itself, where that is not told."""
    add_missing(dataset, Rows=found.rows, Columns=found.columns)
    add_missing(dataset, PhotometricInterpretation=found.photometric)
    add_samples(dataset, samples=found.samples, bits=found.bits, is_signed=found.is_signed)
    if found.method:
        add_missing(dataset, LossyImageCompression="01", LossyImageCompressionMethod=found.method)


def add_video(dataset: Dataset, video: Video) -> None:
    """Tell what an H.264 video says of itself, where that is not told (PS3.5 8.2.7)."""
    add_missing(dataset, Rows=video.rows, Columns=video.columns, NumberOfFrames=video.frames)
    add_missing(dataset, PhotometricInterpretation="YBR_PARTIAL_420")
    add_samples(dataset, samples=3, bits=8)
    add_missing(dataset, LossyImageCompression="01", LossyImageCompressionMethod="ISO_14496_10")
    if video.seconds and video.frames:
        interval = f"{1000 * video.seconds / video.frames:.6f}"[:16]
        add_missing(dataset, FrameTime=interval, FrameIncrementPointer=0x00181063)
