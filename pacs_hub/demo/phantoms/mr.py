"""MR: a brain in three contrasts and a knee in two, as signal intensities; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from pacs_hub.demo.phantoms.canvas import Pixels, Plane, blurred, smooth_noise
from pacs_hub.demo.phantoms.head import head_slice

BRAIN_CONTRASTS: Final[Mapping[str, Mapping[str, float]]] = {
    "T1": {
        "air": 8, "gas": 8, "skin": 380, "fat": 980, "muscle": 360, "bone": 40, "marrow": 420,
        "csf": 105, "grey": 400, "white": 585, "nucleus": 450, "stem": 540, "dura": 210,
        "blood": 130, "vessel": 60, "calcium": 260, "vitreous": 120, "lens": 380,
    },
    "T2": {
        "air": 8, "gas": 8, "skin": 300, "fat": 690, "muscle": 170, "bone": 30, "marrow": 300,
        "csf": 980, "grey": 520, "white": 360, "nucleus": 430, "stem": 390, "dura": 120,
        "blood": 60, "vessel": 30, "calcium": 200, "vitreous": 990, "lens": 180,
    },
    "FLAIR": {
        "air": 8, "gas": 8, "skin": 320, "fat": 620, "muscle": 230, "bone": 30, "marrow": 280,
        "csf": 60, "grey": 510, "white": 400, "nucleus": 480, "stem": 420, "dura": 150,
        "blood": 80, "vessel": 40, "calcium": 330, "vitreous": 70, "lens": 240,
    },
}  # fmt: skip

KNEE_CONTRASTS: Final[Mapping[str, Mapping[str, float]]] = {
    "PD FS": {
        "air": 6, "skin": 330, "fat": 170, "muscle": 330, "marrow": 120, "cortex": 25,
        "cartilage": 720, "meniscus": 45, "tendon": 40, "fluid": 990, "vessel": 700, "nerve": 420,
    },
    "T1": {
        "air": 6, "skin": 320, "fat": 900, "muscle": 300, "marrow": 760, "cortex": 25,
        "cartilage": 430, "meniscus": 60, "tendon": 45, "fluid": 190, "vessel": 90, "nerve": 420,
    },
}  # fmt: skip


def brain(*, contrast: str, z: float, size: int, spacing: float, seed: int) -> Pixels:
    """Return one axial slice of a brain, uneven as a head coil receives it."""
    palette = BRAIN_CONTRASTS[contrast]
    pixels = head_slice(z=z, size=size * 2, spacing=spacing / 2, palette=palette, seed=seed)
    return _received(_halved(pixels), seed=abs(seed * 1000 + int(z)), noise=9)


def knee(*, contrast: str, x: float, size: int, spacing: float, seed: int) -> Pixels:
    """Return one sagittal slice of a knee, `x` millimetres from its middle (medial is minus)."""
    tissue = KNEE_CONTRASTS[contrast]
    plane = Plane(
        rows=size * 2, columns=size * 2, spacing=spacing / 2, value=tissue["air"], wobble=1.0,
        seed=seed,
    )  # fmt: skip
    _leg(plane, x=x, tissue=tissue, seed=seed)
    _bones(plane, x=x, tissue=tissue)
    _joint(plane, x=x, tissue=tissue)
    return _received(_halved(plane.pixels), seed=abs(seed * 1000 + int(x)), noise=11)


def _halved(pixels: Pixels) -> Pixels:
    rows, columns = pixels.shape
    squares = pixels.reshape(rows // 2, 2, columns // 2, 2)
    return squares.mean(axis=(1, 3), dtype=np.float32)  # type: ignore[no-any-return]


def _received(pixels: Pixels, *, seed: int, noise: float) -> Pixels:
    """Add what the scanner adds: slow shading, a little blur and Rician noise."""
    rows, columns = pixels.shape
    shading = smooth_noise(rows=rows, columns=columns, seed=5, power=4.0)
    signal = blurred(pixels, sigma=0.55) * (1 + 0.05 * shading)
    rng = np.random.default_rng(seed)
    real = signal + noise * rng.standard_normal(signal.shape, dtype=np.float32)
    imaginary = noise * rng.standard_normal(signal.shape, dtype=np.float32)
    return np.hypot(real, imaginary).astype(np.float32)


def _leg(plane: Plane, *, x: float, tissue: Mapping[str, float], seed: int) -> None:
    side = float(np.sqrt(max(1 - (x / 66) ** 2, 0.05)))
    outline = [(-6.0, -130.0), (-2.0, -60.0), (0.0, 0.0), (4.0, 60.0), (6.0, 130.0)]
    radii = [70 * side, 62 * side, 56 * side, 54 * side, 60 * side]
    plane.limb(outline, radii, tissue["skin"])
    plane.limb(outline, [r - 2 for r in radii], tissue["fat"])
    plane.limb(  # quadriceps in front of the femur, and its tendon over the patella
        [(-24, -140), (-31, -86), (-40, -52)], [17, 12, 4], tissue["muscle"]
    )
    plane.limb([(34, -140), (38, -70), (40, -28)], [22 * side, 17 * side, 7], tissue["muscle"])
    plane.limb([(38, 22), (40, 70), (36, 140)], [9, 19 * side, 22 * side], tissue["muscle"])
    plane.limb([(26, 40), (28, 92), (26, 140)], [6, 10, 11], tissue["muscle"])
    rows, columns = plane.pixels.shape
    strands = smooth_noise(rows=rows, columns=columns, seed=seed + 4, power=1.5, cut=16.0)
    plane.pixels *= 1 + 0.05 * strands
    if abs(x) < 12:
        plane.limb([(31, -120), (34, -20), (33, 60), (30, 130)], [4.2] * 4, tissue["vessel"])
        plane.limb([(40, -120), (42, -20), (42, 50)], [3, 3, 2.6], tissue["nerve"])


def _bones(plane: Plane, *, x: float, tissue: Mapping[str, float]) -> None:
    condyle = float(np.sqrt(max(1 - ((abs(x) - 22) / 24) ** 2, 0.04)))
    notch = float(np.clip(1 - abs(x) / 11, 0, 1))
    round_ = 27 * condyle * (1 - 0.35 * notch)
    shaft = float(np.clip(1.15 - (x / 34) ** 2, 0, 1))
    middle = (4.0, -29.0 + 8 * notch)
    for grow, value in ((3.4, "cartilage"), (1.4, "cortex"), (0.0, "marrow")):
        plane.ellipse(*middle, round_ + grow, round_ * 0.94 + grow, tissue[value])
        if grow < 3:
            line = [(-3.0, -140.0), (-2.0, -84.0), (2.0, -38.0)]
            bone = [14 * shaft + grow, 15 * shaft + grow, 25 * condyle + grow]
            plane.limb(line, bone, tissue[value])
    tibia = float(np.sqrt(max(1 - (x / 42) ** 2, 0.04)))
    for grow, value in ((1.5, "cortex"), (0.0, "marrow")):
        plane.limb(
            [(3.0, 24.0), (0.0, 44.0), (-5.0, 78.0), (-4.0, 140.0)],
            [22 * tibia + grow, 23 * tibia + grow, 15 * shaft + grow, 12.5 * shaft + grow],
            tissue[value],
        )
        plane.ellipse(2, 15, 29 * tibia + grow, 12 + grow, tissue[value], power=3.2)
    plane.limb([(-27, 30), (-22, 44)], [4 * shaft, 7 * shaft], tissue["marrow"])  # tuberosity
    if x > 26:
        plane.limb([(27, 34), (28, 70), (27, 140)], [8, 5, 4.5], tissue["cortex"])
        plane.limb([(27, 34), (28, 70), (27, 140)], [6.6, 3.4, 3], tissue["marrow"])
    cap = float(np.sqrt(max(1 - (x / 23) ** 2, 0)))
    if cap > 0.2:
        plane.ellipse(-39, -30, 11 * cap + 3, 20 * cap + 1.5, tissue["cartilage"], angle=-6)
        plane.ellipse(-40.5, -30, 11 * cap + 1.3, 20 * cap + 1.3, tissue["cortex"], angle=-6)
        plane.ellipse(-40.5, -30, 11 * cap, 20 * cap, tissue["marrow"], angle=-6)


def _joint(plane: Plane, *, x: float, tissue: Mapping[str, float]) -> None:
    if abs(x) < 24:
        plane.limb([(-46, -10), (-38, 14), (-26, 34)], [3.4, 3.2, 3.4], tissue["tendon"])
        plane.limb([(-38, -88), (-45, -50)], [2.6, 3.0], tissue["tendon"])
        plane.limb([(-26, -62), (-28, -50)], [2.2, 3.4], tissue["fluid"])
        plane.limb([(-35, 2), (-28, 16)], [6, 5], tissue["fat"])  # Hoffa's fat pad
    if abs(x) > 9:
        plane.limb([(-18, 1.5), (26, 1.5)], [1.7, 1.7], tissue["cartilage"])
        plane.limb([(-24, -3), (-17, 0), (-8, 1.5)], [4.6, 2.4, 0.5], tissue["meniscus"])
        plane.limb([(31, -4), (23, -0.5), (13, 1.5)], [5.2, 2.6, 0.5], tissue["meniscus"])
        plane.limb([(-30, -8), (-27, -2)], [1.4, 1.4], tissue["fluid"])
    else:
        plane.limb([(16, -32), (4, -14), (-10, 3)], [3.4, 3.0, 3.6], tissue["tendon"])
        plane.limb([(-2, -24), (18, -18), (25, 12)], [4.0, 4.2, 4.0], tissue["tendon"])
        plane.limb([(24, -30), (30, -8)], [1.6, 2.0], tissue["fluid"])
