"""Which pictures a procedure makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pacs_hub.demo.objects import ct, mr, us, xray
from pacs_hub.demo.objects.image import Exposure, Series

PROGRAMMES: Final[Mapping[str, Callable[[Exposure], list[Series]]]] = {
    "CTHEAD": ct.head,
    "CTABDPELC": ct.abdomen,
    "MRBRAIN": mr.brain,
    "MRKNEE": mr.knee,
    "XRCHEST": xray.chest,
    "XRHAND": xray.hand,
    "USABD": us.abdomen,
    "MGSCREEN": xray.mammogram,
}
BY_MODALITY: Final[Mapping[str, Callable[[Exposure], list[Series]]]] = {
    "CT": ct.head,
    "MR": mr.brain,
    "DX": xray.chest,
    "US": us.abdomen,
    "MG": xray.mammogram,
}


def acquire(exposure: Exposure) -> list[Series]:
    """Return the series of this exam; a procedure nobody taught us gets the usual ones."""
    item = exposure.item
    programme = PROGRAMMES.get(item.procedure_code) or BY_MODALITY[item.modality]
    return programme(exposure)
