"""CT: a head and an abdomen in Hounsfield units; pure."""

from __future__ import annotations

from typing import Final

import numpy as np

from pacs_hub.demo.phantoms.canvas import Pixels, Plane
from pacs_hub.demo.phantoms.head import head_slice

HEAD_HU: Final = {
    "air": -1000,
    "gas": -1000,
    "skin": 45,
    "fat": -95,
    "muscle": 55,
    "bone": 1250,
    "marrow": 620,
    "csf": 6,
    "grey": 38,
    "white": 27,
    "nucleus": 39,
    "stem": 33,
    "dura": 62,
    "blood": 58,
    "vessel": 50,
    "calcium": 150,
    "vitreous": 8,
    "lens": 85,
}


def head(*, z: float, size: int, spacing: float, seed: int) -> Pixels:
    """Return one unenhanced slice of a head with its head rest."""
    pixels = head_slice(z=z, size=size, spacing=spacing, palette=HEAD_HU, seed=seed)
    rest = Plane(rows=size, columns=size, spacing=spacing)
    where, outer = rest.ellipse_mask(0, 2, 96, 112)
    _, inner = rest.ellipse_mask(0, 2, 93, 109)
    shell = np.zeros_like(pixels)
    shell[where] = outer
    inner_where, _ = rest.ellipse_mask(0, 2, 93, 109)
    shell[inner_where] -= inner
    shell *= (rest.y > 42) & (pixels < -900)
    return pixels + shell * 1060
