"""CT Image objects (PS3.3 A.3)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pacs_hub.demo.objects import stacks
from pacs_hub.demo.objects.image import Exposure, Series, has_finding, new_image, set_pixels
from pacs_hub.demo.phantoms.canvas import Pixels
from pacs_hub.demo.worklist_item import fresh_uid

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"


def head(exposure: Exposure) -> list[Series]:
    """Return one unenhanced series from the skull base to the vertex."""
    uid, frame = fresh_uid(), fresh_uid()

    def images() -> Iterator[Dataset]:
        rng = np.random.default_rng(exposure.seed)
        spacing = stacks.HEAD_SPACING * float(rng.uniform(0.95, 1.05))
        for index, base in enumerate(stacks.ct_head(exposure.seed % stacks.VARIANTS)):
            pixels = base + stacks.quantum_noise(size=512, sigma=3.2, rng=rng)
            if has_finding(exposure.item.study_instance_uid):
                pixels = _bleeding(pixels, z=stacks.HEAD_BASE + index * stacks.HEAD_STEP)
            image = _image(exposure, uid, 2, "HEAD 5.0 H31", index, "HEAD")
            _geometry(
                image,
                frame=frame,
                spacing=spacing,
                step=stacks.HEAD_STEP,
                z=index * stacks.HEAD_STEP,
            )
            _scan(image, kvp=120, current=310, kernel="H31", width=80, centre=40)
            set_pixels(image, _stored(pixels), stored=12)
            yield image

    return [
        Series(
            series_instance_uid=uid,
            number=2,
            description="HEAD 5.0 H31",
            protocol="HEAD ROUTINE",
            images=images,
        )
    ]


def _bleeding(pixels: Pixels, *, z: float) -> Pixels:
    """A haemorrhage of the basal ganglia with its oedema, around 34 mm above the base plane."""
    gap = abs(z - 34)
    if gap > 13:
        return pixels
    for radius, value in ((21.0, 20.0), (14.5, 68.0)):
        spot = stacks.blob(
            size=512, spacing=stacks.HEAD_SPACING, centre=(34.0, -4.0), radius=radius - gap
        )
        pixels = pixels + spot * (value - pixels)
    return pixels


def abdomen(exposure: Exposure) -> list[Series]:
    """Return one portal venous series from the liver to the iliac crests."""
    uid, frame = fresh_uid(), fresh_uid()

    def images() -> Iterator[Dataset]:
        rng = np.random.default_rng(exposure.seed)
        spacing = stacks.BODY_SPACING * float(rng.uniform(0.94, 1.08))
        for index, base in enumerate(stacks.ct_abdomen(exposure.seed % stacks.VARIANTS)):
            pixels = base + stacks.quantum_noise(size=512, sigma=9.0, rng=rng)
            gap = abs(2 + index * stacks.BODY_STEP - 74)
            if has_finding(exposure.item.study_instance_uid) and gap < 18:  # a cyst of the liver
                spot = stacks.blob(
                    size=512, spacing=stacks.BODY_SPACING, centre=(-88.0, -8.0), radius=19.0 - gap
                )
                pixels += spot * (8 - pixels)
            image = _image(exposure, uid, 3, "ABDOMEN PV 5.0 B31", index, "ABDOMEN")
            _geometry(
                image,
                frame=frame,
                spacing=spacing,
                step=stacks.BODY_STEP,
                z=-index * stacks.BODY_STEP,
            )
            _scan(image, kvp=100, current=240, kernel="B31", width=400, centre=50)
            image.ContrastBolusAgent = "Iodinated contrast (simulated)"
            image.ContrastBolusRoute = "IV"
            set_pixels(image, _stored(pixels), stored=12)
            yield image

    return [
        Series(
            series_instance_uid=uid,
            number=3,
            description="ABDOMEN PV 5.0 B31",
            protocol="ABDOMEN PORTAL VENOUS",
            images=images,
        )
    ]


def _stored(pixels: Pixels) -> NDArray[np.uint16]:
    return np.clip(pixels + 1024, 0, 4095).astype(np.uint16)


def _image(
    exposure: Exposure, uid: str, series: int, description: str, index: int, body_part: str
) -> Dataset:
    image = new_image(
        exposure, sop_class=CT_IMAGE, modality="CT", series_uid=uid, series_number=series,
        description=description, number=index + 1, body_part=body_part,
    )  # fmt: skip
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.AcquisitionNumber = 1
    return image


def _geometry(image: Dataset, *, frame: str, spacing: float, step: float, z: float) -> None:
    """Feet to head is +z, right to left +x, front to back +y (PS3.3 C.7.6.2)."""
    corner = -spacing * 511 / 2
    image.FrameOfReferenceUID = frame
    image.PositionReferenceIndicator = ""
    image.PatientPosition = "HFS"
    image.ImagePositionPatient = [f"{corner:.4f}", f"{corner:.4f}", f"{z:.2f}"]
    image.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    image.PixelSpacing = [f"{spacing:.5f}"] * 2
    image.SliceThickness = f"{step:.1f}"
    image.SpacingBetweenSlices = f"{step:.1f}"
    image.SliceLocation = f"{z:.2f}"


def _scan(image: Dataset, *, kvp: int, current: int, kernel: str, width: int, centre: int) -> None:
    image.KVP = kvp
    image.XRayTubeCurrent = current
    image.ExposureTime = 500
    image.ConvolutionKernel = kernel
    image.GantryDetectorTilt = 0
    image.RescaleIntercept = -1024
    image.RescaleSlope = 1
    image.RescaleType = "HU"
    image.WindowCenter = centre
    image.WindowWidth = width
