"""Digital X-Ray and mammography objects for presentation (PS3.3 A.26, A.27)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from pacs_hub.demo.objects.image import (
    Exposure,
    Series,
    code,
    has_finding,
    new_image,
    set_pixels,
)
from pacs_hub.demo.phantoms import mg
from pacs_hub.demo.phantoms import xray as phantom
from pacs_hub.demo.phantoms.canvas import Pixels
from pacs_hub.demo.worklist_item import fresh_uid

DX_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.1.1"
MG_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.1.2"
CHEST_SPACING, HAND_SPACING, BREAST_SPACING = 0.33, 0.24, 0.18
VIEW_CODES: Final = {
    "CC": ("399162004", "cranio-caudal"),
    "MLO": ("399368009", "medio-lateral oblique"),
}


def chest(exposure: Exposure) -> list[Series]:
    """Return a chest from the front."""

    def picture() -> Pixels:
        pixels = phantom.chest(rows=1280, columns=1152, spacing=CHEST_SPACING, seed=exposure.seed)
        if has_finding(exposure.item.study_instance_uid):  # a round shadow in the right lung
            y, x = np.ogrid[:1280, :1152]
            gap = np.hypot(x - 330, y - 560).astype(np.float32)
            pixels = pixels + 520 * np.clip(1.2 - gap / 46, 0, 1)
        return pixels

    return [_radiograph(exposure, picture(), "CHEST PA", "CHEST", CHEST_SPACING)]


def hand(exposure: Exposure) -> list[Series]:
    """Return a left hand and wrist."""
    pixels = phantom.hand(rows=1280, columns=1024, spacing=HAND_SPACING, seed=exposure.seed)
    return [_radiograph(exposure, pixels, "HAND L PA", "HAND", HAND_SPACING)]


def _radiograph(
    exposure: Exposure, pixels: Pixels, name: str, body_part: str, spacing: float
) -> Series:
    uid = fresh_uid()

    def images() -> Iterator[Dataset]:
        image = new_image(
            exposure, sop_class=DX_IMAGE, modality="DX", series_uid=uid, series_number=1,
            description=name, number=1, body_part=body_part,
        )  # fmt: skip
        is_chest = body_part == "CHEST"
        image.ImageLaterality = "U" if is_chest else "L"
        region = ("51185008", "Chest") if is_chest else ("85562004", "Hand")
        image.AnatomicRegionSequence = Sequence([code(region[0], "SCT", region[1])])
        image.PatientOrientation = ["L", "F"] if is_chest else ["R", "F"]
        image.ViewPosition = "PA"
        view_code = code("272479007", "SCT", "postero-anterior")
        view_code.ViewModifierCodeSequence = Sequence([])
        image.ViewCodeSequence = Sequence([view_code])
        image.PositionerType = "NONE"
        image.BodyPartThickness = 220 if is_chest else 25
        _projection(image, spacing=spacing, kvp=125 if is_chest else 52)
        set_pixels(image, np.clip(pixels, 0, 4095).astype(np.uint16), stored=12)
        yield image

    return Series(series_instance_uid=uid, number=1, description=name, protocol=name, images=images)


def _projection(image: Dataset, *, spacing: float, kvp: int) -> None:
    image.ImageType = ["ORIGINAL", "PRIMARY", ""]
    image.PresentationIntentType = "FOR PRESENTATION"
    image.PixelIntensityRelationship = "LOG"
    image.PixelIntensityRelationshipSign = -1
    image.RescaleIntercept = 0
    image.RescaleSlope = 1
    image.RescaleType = "US"
    image.PresentationLUTShape = "IDENTITY"
    image.LossyImageCompression = "00"
    image.WindowCenter = 2048
    image.WindowWidth = 4096
    image.ImagerPixelSpacing = [f"{spacing:.4f}"] * 2
    image.PixelSpacing = [f"{spacing:.4f}"] * 2
    image.KVP = kvp
    image.Exposure = 3
    image.DetectorType = "SCINTILLATOR"
    image.DetectorID = "SIM-DETECTOR"
    image.DetectorTemperature = 28
    image.AcquisitionContextSequence = Sequence([])
    image.DistanceSourceToDetector = 1800
    image.AcquisitionNumber = 1


def mammogram(exposure: Exposure) -> list[Series]:
    """Return the four views of a screening: right and left, CC and MLO."""
    return [
        _breast_view(exposure, number=number, side=side, view=view)
        for number, (side, view) in enumerate(
            (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")), start=1
        )
    ]


def _breast_view(exposure: Exposure, *, number: int, side: str, view: str) -> Series:
    uid, name = fresh_uid(), f"{side} {view}"

    def images() -> Iterator[Dataset]:
        image = new_image(
            exposure, sop_class=MG_IMAGE, modality="MG", series_uid=uid, series_number=number,
            description=name, number=number, body_part="BREAST",
        )  # fmt: skip
        _projection(image, spacing=BREAST_SPACING, kvp=29)
        image.WindowCenter, image.WindowWidth = 1450, 2900
        image.ImageLaterality = side
        image.OrganExposed = "BREAST"
        image.BreastImplantPresent = "NO"
        image.PartialView = "NO"
        image.ViewPosition = view
        view_code = code(VIEW_CODES[view][0], "SCT", VIEW_CODES[view][1])
        view_code.ViewModifierCodeSequence = Sequence([])
        image.ViewCodeSequence = Sequence([view_code])
        image.AnatomicRegionSequence = Sequence([code("76752008", "SCT", "Breast")])
        front = "A" if side == "L" else "P"
        foot = {"CC": {"R": "L", "L": "R"}[side], "MLO": {"R": "FL", "L": "FR"}[side]}[view]
        image.PatientOrientation = [front, foot]
        image.PositionerType = "MAMMOGRAPHIC"
        image.PositionerPrimaryAngle = 0 if view == "CC" else 45
        image.BodyPartThickness = 56
        image.CompressionForce = 92
        image.EstimatedRadiographicMagnificationFactor = 1
        image.AnodeTargetMaterial = "RHODIUM"
        image.FilterMaterial = "RHODIUM"
        pixels = mg.breast(
            view=view, side=side, rows=1280, columns=1024, spacing=BREAST_SPACING,
            seed=exposure.seed * 2 + (side == "L"),
        )  # fmt: skip
        set_pixels(image, np.clip(pixels, 0, 4095).astype(np.uint16), stored=12)
        yield image

    return Series(
        series_instance_uid=uid, number=number, description=name, protocol=name, images=images
    )
