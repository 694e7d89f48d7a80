"""Ultrasound objects: single pictures and a short cine (PS3.3 A.6, A.7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from pacs_hub.demo.objects.image import Exposure, Series, new_image, set_pixels
from pacs_hub.demo.phantoms import us as phantom
from pacs_hub.demo.worklist_item import fresh_uid

US_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.6.1"
US_MULTIFRAME: Final = "1.2.840.10008.5.1.4.1.1.3.1"
CINE_FRAMES: Final = 12


def abdomen(exposure: Exposure) -> list[Series]:
    """Return pictures of liver, gallbladder and kidney, and the liver moving with the breath."""
    stills, cine = fresh_uid(), fresh_uid()

    def pictures() -> Iterator[Dataset]:
        for number, view in enumerate(phantom.VIEWS, start=1):
            image = _image(exposure, stills, US_IMAGE, series=1, number=number)
            image.ImageComments = view
            set_pixels(image, phantom.view(name=view, seed=exposure.seed), stored=8)
            yield image

    def moving() -> Iterator[Dataset]:
        image = _image(exposure, cine, US_MULTIFRAME, series=2, number=1)
        image.NumberOfFrames = CINE_FRAMES
        image.FrameTime = 80
        image.FrameIncrementPointer = 0x00181063
        frames = [
            phantom.view(name="liver", seed=exposure.seed, phase=n / CINE_FRAMES)
            for n in range(CINE_FRAMES)
        ]
        set_pixels(image, np.stack(frames), stored=8)
        yield image

    return [
        Series(
            series_instance_uid=stills,
            number=1,
            description="ABDOMEN",
            protocol="ABDOMEN",
            images=pictures,
        ),
        Series(
            series_instance_uid=cine,
            number=2,
            description="ABDOMEN CINE",
            protocol="ABDOMEN",
            images=moving,
        ),
    ]


def _image(exposure: Exposure, uid: str, sop_class: str, *, series: int, number: int) -> Dataset:
    image = new_image(
        exposure, sop_class=sop_class, modality="US", series_uid=uid, series_number=series,
        description="ABDOMEN" if series == 1 else "ABDOMEN CINE", number=number,
        body_part="ABDOMEN",
    )  # fmt: skip
    image.ImageType = ["ORIGINAL", "PRIMARY", "ABDOMINAL", "0001"]
    image.PatientOrientation = ""
    image.LossyImageCompression = "00"
    image.SequenceOfUltrasoundRegions = Sequence([_region()])
    return image


def _region() -> Dataset:
    """The fan, with the size of a pixel in centimetres (PS3.3 C.8.5.5)."""
    region = Dataset()
    region.RegionSpatialFormat = 1
    region.RegionDataType = 1
    region.RegionFlags = 0
    region.RegionLocationMinX0 = 30
    region.RegionLocationMinY0 = 0
    region.RegionLocationMaxX1 = phantom.COLUMNS - 26
    region.RegionLocationMaxY1 = phantom.ROWS - 1
    region.PhysicalUnitsXDirection = 3
    region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = phantom.SPACING / 10
    region.PhysicalDeltaY = phantom.SPACING / 10
    return region
