"""MR Image objects (PS3.3 A.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydicom.dataset import Dataset

from pacs_hub.demo.objects import stacks
from pacs_hub.demo.objects.image import Exposure, Series, has_finding, new_image, set_pixels
from pacs_hub.demo.worklist_item import fresh_uid

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """One pulse sequence: what it is called, and its times in milliseconds."""

    number: int
    name: str
    contrast: str
    scanning: str
    repetition: int
    echo: int
    flip: int = 90
    inversion: int | None = None


BRAIN: Final = (
    Sequence(number=2, name="AX T1 SE", contrast="T1", scanning="SE", repetition=550, echo=11),
    Sequence(number=3, name="AX T2 TSE", contrast="T2", scanning="SE", repetition=4800, echo=98),
    Sequence(
        number=4,
        name="AX T2 FLAIR",
        contrast="FLAIR",
        scanning="IR",
        repetition=9000,
        echo=110,
        inversion=2500,
    ),
)
KNEE: Final = (
    Sequence(number=2, name="SAG PD FS", contrast="PD FS", scanning="SE", repetition=3200, echo=34),
    Sequence(number=3, name="SAG T1", contrast="T1", scanning="SE", repetition=620, echo=12),
)


def brain(exposure: Exposure) -> list[Series]:
    """Return T1, T2 and FLAIR in one frame of reference."""
    frame = fresh_uid()
    return [_brain_series(exposure, sequence, frame) for sequence in BRAIN]


def knee(exposure: Exposure) -> list[Series]:
    """Return sagittal PD with fat suppression, and T1."""
    frame = fresh_uid()
    return [_knee_series(exposure, sequence, frame) for sequence in KNEE]


def _brain_series(exposure: Exposure, sequence: Sequence, frame: str) -> Series:
    uid = fresh_uid()

    def images() -> Iterator[Dataset]:
        gain, zoom = _own(exposure)
        spacing = stacks.BRAIN_SPACING * zoom
        variant = exposure.seed % stacks.VARIANTS
        for index, base in enumerate(stacks.mr_brain(variant, sequence.contrast)):
            z = index * stacks.BRAIN_STEP
            pixels = base * gain
            gap = abs(stacks.BRAIN_BASE + z - 44)
            if has_finding(exposure.item.study_instance_uid) and gap < 10:
                value = {"T1": 300.0, "T2": 930.0, "FLAIR": 960.0}[sequence.contrast]
                for centre in ((-26.0, -18.0), (24.0, 22.0), (-22.0, 30.0)):
                    spot = stacks.blob(
                        size=256, spacing=stacks.BRAIN_SPACING, centre=centre, radius=6.5 - gap / 2
                    )
                    pixels = pixels + spot * (value - pixels)
            image = _image(exposure, sequence, uid, index, "BRAIN")
            corner = -spacing * 255 / 2
            image.ImagePositionPatient = [f"{corner:.4f}", f"{corner:.4f}", f"{z:.2f}"]
            image.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
            _place(image, frame=frame, spacing=spacing, step=stacks.BRAIN_STEP, location=z)
            set_pixels(image, np.clip(pixels, 0, 4095).astype(np.uint16), stored=12)
            yield image

    return Series(
        series_instance_uid=uid,
        number=sequence.number,
        description=sequence.name,
        protocol=sequence.name,
        images=images,
    )


def _knee_series(exposure: Exposure, sequence: Sequence, frame: str) -> Series:
    uid = fresh_uid()

    def images() -> Iterator[Dataset]:
        gain, zoom = _own(exposure)
        spacing = stacks.KNEE_SPACING * zoom
        variant = exposure.seed % stacks.VARIANTS
        for index, base in enumerate(stacks.mr_knee(variant, sequence.contrast)):
            x = stacks.KNEE_STEP * (index - (stacks.KNEE_SLICES - 1) / 2)
            image = _image(exposure, sequence, uid, index, "KNEE")
            corner = spacing * 255 / 2  # columns run front to back, rows head to feet
            image.ImagePositionPatient = [f"{x:.3f}", f"{-corner:.4f}", f"{corner:.4f}"]
            image.ImageOrientationPatient = ["0", "1", "0", "0", "0", "-1"]
            image.Laterality = "L"
            _place(image, frame=frame, spacing=spacing, step=stacks.KNEE_STEP, location=x)
            set_pixels(image, np.clip(base * gain, 0, 4095).astype(np.uint16), stored=12)
            yield image

    return Series(
        series_instance_uid=uid,
        number=sequence.number,
        description=sequence.name,
        protocol=sequence.name,
        images=images,
    )


def _own(exposure: Exposure) -> tuple[float, float]:
    rng = np.random.default_rng(exposure.seed)
    return float(rng.uniform(0.9, 1.15)), float(rng.uniform(0.95, 1.05))


def _image(exposure: Exposure, sequence: Sequence, uid: str, index: int, body_part: str) -> Dataset:
    image = new_image(
        exposure, sop_class=MR_IMAGE, modality="MR", series_uid=uid, series_number=sequence.number,
        description=sequence.name, number=index + 1, body_part=body_part,
    )  # fmt: skip
    image.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    image.ScanningSequence = sequence.scanning
    image.SequenceVariant = "SK"
    image.ScanOptions = "FS" if "FS" in sequence.name else ""
    image.MRAcquisitionType = "2D"
    image.SequenceName = sequence.name.replace(" ", "_").lower()[:16]
    image.RepetitionTime = sequence.repetition
    image.EchoTime = sequence.echo
    image.EchoTrainLength = 1
    if sequence.inversion is not None:
        image.InversionTime = sequence.inversion
    image.FlipAngle = sequence.flip
    image.MagneticFieldStrength = "1.5"
    image.AcquisitionNumber = 1
    image.WindowCenter = 480
    image.WindowWidth = 960
    return image


def _place(image: Dataset, *, frame: str, spacing: float, step: float, location: float) -> None:
    image.FrameOfReferenceUID = frame
    image.PositionReferenceIndicator = ""
    image.PatientPosition = "HFS"
    image.PixelSpacing = [f"{spacing:.5f}"] * 2
    image.SliceThickness = f"{step * 0.9:.2f}"
    image.SpacingBetweenSlices = f"{step:.2f}"
    image.SliceLocation = f"{location:.2f}"
