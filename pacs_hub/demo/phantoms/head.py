"""A head in axial slices, painted with whatever value each tissue has in a picture; pure.

`z` is millimetres above the orbitomeatal plane; y is positive towards the back of the head.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from pacs_hub.demo.phantoms.canvas import Pixels, Plane, smooth_noise

Palette = Mapping[str, float]

VERTEX: Final = 106.0
BASE: Final = -32.0
SIDES: Final = (-1, 1)


def head_slice(*, z: float, size: int, spacing: float, palette: Palette, seed: int) -> Pixels:
    """Return one slice of the head, `size` pixels square."""
    plane = Plane(
        rows=size, columns=size, spacing=spacing, value=palette["air"], wobble=0.9, seed=seed
    )
    _vault(plane, z=z, palette=palette)
    if z > 4:
        _cerebrum(plane, z=z, palette=palette, seed=seed)
    else:
        _skull_base(plane, z=z, palette=palette, seed=seed)
    return plane.pixels


def brain_radii(z: float) -> tuple[float, float]:
    """Return half the width and half the length of the inside of the skull at `z`."""
    return 70 * _taper(z), 87 * _taper(z)


def _taper(z: float) -> float:
    height = (z - 22) / (VERTEX - 22) if z > 22 else (22 - z) / 150
    return float(np.sqrt(max(1 - height**2, 0.02)))


def _vault(plane: Plane, *, z: float, palette: Palette) -> None:
    rx, ry = brain_radii(z)
    slant = 1 + 0.6 * max(0.0, z - 60) / 46  # near the vertex the bone is cut obliquely
    face = 1.06 if z < 0 else 1.0
    plane.ellipse(0, 0, rx + 5 + 7 * slant, (ry + 5 + 7 * slant) * face, palette["skin"])
    plane.ellipse(0, 0, rx + 3.2 + 7 * slant, (ry + 3.2 + 7 * slant) * face, palette["fat"])
    if z < 25:
        for side in SIDES:  # temporal muscle beside the skull
            plane.ellipse(side * (rx + 7), -30, 5.5, 32, palette["muscle"], angle=-7 * side)
    plane.ellipse(0, 0, rx + 7 * slant, ry + 7 * slant, palette["bone"])
    plane.ellipse(0, 0, rx + 4.8 * slant, ry + 4.8 * slant, palette["marrow"])
    plane.ellipse(0, 0, rx + 2.4 * slant, ry + 2.4 * slant, palette["bone"])
    plane.ellipse(0, 0, rx, ry, palette["csf"])


def _cerebrum(plane: Plane, *, z: float, palette: Palette, seed: int) -> None:
    rx, ry = brain_radii(z)
    _cortex(plane, rx=rx - 1.5, ry=ry - 1.5, z=z, palette=palette, seed=seed)
    back = ry if z > 26 else 12.0
    plane.limb([(0, -ry), (0, -ry * 0.52)], [1.6, 1.2], palette["csf"])
    if z > 26:
        plane.limb([(0, ry), (0, ry * 0.45)], [1.6, 1.2], palette["csf"])
    if z > 58:
        plane.limb([(0, -ry), (0, back)], [1.7, 1.7], palette["csf"])
    plane.limb([(0, -ry), (0, -ry * 0.6)], [0.7, 0.6], palette["dura"])
    if z > 26:
        plane.limb([(0, ry), (0, ry * 0.5)], [0.9, 0.6], palette["dura"])
        plane.ellipse(0, ry - 2, 4, 4.5, palette["blood"])  # superior sagittal sinus
    if z > 58:
        plane.limb([(0, -ry), (0, ry)], [0.6, 0.6], palette["dura"])
    if 8 < z < 42:
        _sylvian_fissures(plane, rx=rx, z=z, palette=palette)
    if z < 26:
        _midbrain(plane, palette=palette, seed=seed)
    if 16 < z < 46:
        _deep_nuclei(plane, z=z, palette=palette)
    if 26 < z < 66:
        _lateral_ventricles(plane, z=z, palette=palette)


def _cortex(plane: Plane, *, rx: float, ry: float, z: float, palette: Palette, seed: int) -> None:
    """Folded grey ribbon over white matter: the folds are the ridges of a slow noise."""
    rows, columns = plane.pixels.shape
    turn = np.float32(z / 26.0)
    cycles = 8.0 * columns * plane.spacing / 230
    first, second = (
        smooth_noise(rows=rows, columns=columns, seed=seed + n, power=3.2, cut=cycles)
        for n in (7, 8)
    )
    where, mask = plane.ellipse_mask(0, 0, rx, ry)
    folds = np.abs(np.cos(turn) * first + np.sin(turn) * second)[where]
    depth = (1 - np.hypot(plane.x[where] / rx, plane.y[where] / ry)) * min(rx, ry)
    shallow = np.clip((23 - depth) / 10, 0, 1)
    grey = np.clip(1.45 - folds / 0.48, 0, 1) * shallow
    grey = np.maximum(grey, np.clip((5.0 - depth) / 1.2, 0, 1))
    sulcus = np.clip(1.25 - folds / 0.16, 0, 1) * np.clip((15 - depth) / 6, 0, 1)
    brain = palette["white"] + grey * (palette["grey"] - palette["white"])
    brain = brain + sulcus * (palette["csf"] - brain)
    plane.blend(where, mask, brain.astype(np.float32))


def _sylvian_fissures(plane: Plane, *, rx: float, z: float, palette: Palette) -> None:
    for side in SIDES:
        line = [
            (side * rx, -22.0),
            (side * (rx - 14), -17.0),
            (side * (rx - 24), -12 + (z - 25) / 4),
        ]
        tail = (side * (rx - 25), 12.0)
        plane.limb([*line, tail], [4.5, 4.2, 4.0, 3.0], palette["grey"], edge=2)
        plane.limb([*line, tail], [2.2, 1.6, 1.5, 0.8], palette["csf"])


def _midbrain(plane: Plane, *, palette: Palette, seed: int) -> None:
    for side in SIDES:  # the tent of the cerebellum and its upper surface
        plane.ellipse(side * 20, 47, 27, 27, palette["grey"], angle=20 * side)
        plane.limb([(side * 4, 24), (side * 40, 68)], [0.9, 0.9], palette["dura"])
    _folia(plane, top=30, seed=seed, palette=palette)
    plane.ellipse(0, 1, 21, 19, palette["csf"], edge=3)
    for side in SIDES:
        plane.limb([(0, -8), (side * 17, -17)], [3, 2.5], palette["csf"])
        plane.ellipse(side * 9, 6, 9, 13, palette["stem"], angle=-24 * side)
    plane.ellipse(0, 12, 13, 9, palette["stem"])
    plane.ellipse(0, 14, 1.3, 1.6, palette["csf"])
    plane.ellipse(0, -5, 3.2, 3.2, palette["vessel"], opacity=0.7)


def _folia(plane: Plane, *, top: float, seed: int, palette: Palette) -> None:
    """The fine leaves of the cerebellum."""
    where, mask = plane.ellipse_mask(0, 50, 44, 30)
    ripples = np.sin(np.hypot(plane.x[where] * 0.8, plane.y[where] - top) * 1.15 + seed)
    faint = np.float32(0.10) * (palette["csf"] - palette["grey"])
    plane.add(where, mask, (np.clip(ripples, 0, 1) * faint).astype(np.float32))


def _deep_nuclei(plane: Plane, *, z: float, palette: Palette) -> None:
    fade = float(np.clip(1.3 - abs(z - 31) / 15, 0, 1))
    for side in SIDES:
        plane.limb(  # internal capsule: two limbs and a knee
            [(side * 20, -26), (side * 14, -6), (side * 25, 16)],
            [3.4, 3.2, 3.8],
            palette["white"],
            opacity=fade,
        )
        plane.ellipse(side * 13.5, -21, 5, 10, palette["nucleus"], angle=12 * side, opacity=fade)
        plane.ellipse(side * 24, -7, 6, 15, palette["nucleus"], angle=-14 * side, opacity=fade)
        plane.ellipse(side * 10, 10, 8.5, 13, palette["nucleus"], angle=-16 * side, opacity=fade)
    plane.limb([(0, -6), (0, 17)], [1.9, 1.7], palette["csf"], opacity=fade)
    if 22 < z < 32:
        plane.ellipse(0, 24, 2.2, 2.2, palette["calcium"])  # pineal gland


def _lateral_ventricles(plane: Plane, *, z: float, palette: Palette) -> None:
    body = z > 44
    fade = float(np.clip((66 - z) / 8, 0, 1))
    for side in SIDES:
        if body:
            plane.limb(
                [(side * 7, -32), (side * 8, -8), (side * 13, 20), (side * 18, 34)],
                [3.2, 5.4, 5.4, 3.5],
                palette["csf"],
                opacity=fade,
            )
        else:
            plane.limb([(side * 6.5, -22), (side * 11, -35)], [3.6, 3.4], palette["csf"])
            plane.limb(
                [(side * 20, 22), (side * 26, 36), (side * 22, 52)], [4.6, 5.4, 2.2], palette["csf"]
            )
            plane.ellipse(side * 24, 31, 2.4, 3.4, palette["calcium"], opacity=0.8)
    plane.limb([(0, -33), (0, -20)], [0.9, 0.9], palette["white"])


def _skull_base(plane: Plane, *, z: float, palette: Palette, seed: int) -> None:
    rx, ry = brain_radii(z)
    _cortex(plane, rx=rx - 1.5, ry=ry - 1.5, z=z, palette=palette, seed=seed)
    plane.ellipse(0, -58, rx * 0.86, 45, palette["fat"], power=2.4)
    for side in SIDES:
        _temporal_fossa(plane, side=side, rx=rx, palette=palette)
        _orbit(plane, side=side, z=z, palette=palette)
    _airways(plane, z=z, palette=palette)
    _posterior_fossa(plane, z=z, palette=palette, seed=seed)
    for side in SIDES:
        _petrous_bone(plane, side=side, z=z, palette=palette, seed=seed)


def _temporal_fossa(plane: Plane, *, side: int, rx: float, palette: Palette) -> None:
    plane.ellipse(side * 40, -22, 25, 30, palette["bone"], angle=14 * side)
    plane.ellipse(side * 40, -21, 22.5, 27, palette["csf"], angle=14 * side)
    plane.ellipse(side * 40, -21, 21.5, 26, palette["grey"], angle=14 * side)
    plane.ellipse(side * 41, -19, 12, 17, palette["white"], angle=14 * side, edge=6)
    plane.limb(
        [(side * 26, -38), (side * 46, -62), (side * 52, -72)], [2.6, 2.2, 1.8], palette["bone"]
    )
    plane.ellipse(side * (rx - 8), -62, 7, 15, palette["muscle"], angle=-24 * side)


def _orbit(plane: Plane, *, side: int, z: float, palette: Palette) -> None:
    depth = float(np.clip(1 - ((z + 12) / 24) ** 2, 0, 1))
    if depth <= 0:
        return
    plane.limb([(side * 17, -52), (side * 32, -74)], [6, 17 * depth + 4], palette["fat"])
    plane.limb(
        [(side * 12, -46), (side * 19, -66), (side * 22, -80)], [1.8, 2.0, 1.6], palette["muscle"]
    )
    plane.limb(
        [(side * 18, -44), (side * 39, -62), (side * 44, -74)], [1.8, 2.2, 1.6], palette["muscle"]
    )
    plane.limb([(side * 15, -44), (side * 31, -66)], [2.0, 2.2], palette["white"])
    radius = 12.5 * depth
    plane.ellipse(side * 32, -77, radius, radius, palette["muscle"])
    plane.ellipse(side * 32, -77, radius - 1.3, radius - 1.3, palette["vitreous"])
    if depth > 0.85:
        plane.ellipse(side * 32.5, -86, 4.6, 2.2, palette["lens"])


def _airways(plane: Plane, *, z: float, palette: Palette) -> None:
    plane.limb([(0, -40), (0, -94)], [14, 11], palette["bone"])
    for side in SIDES:
        for step in range(4):  # ethmoid cells
            plane.ellipse(side * 6, -56 - 9 * step, 4.6, 4.0, palette["gas"], power=2.6)
        plane.ellipse(side * 7.5, -38, 6.6, 8, palette["gas"], power=2.6)  # sphenoid sinus
    plane.limb([(0, -30), (0, -94)], [0.8, 0.8], palette["bone"])
    plane.limb([(0, -92), (0, -104)], [7, 3.5], palette["skin"])
    if z < -12:
        for side in SIDES:
            plane.ellipse(side * 26, -62, 13, 11, palette["bone"])
            plane.ellipse(side * 26, -62, 11.5, 9.5, palette["gas"])


def _posterior_fossa(plane: Plane, *, z: float, palette: Palette, seed: int) -> None:
    narrow = 1 - max(0.0, -z - 10) / 70
    plane.ellipse(0, 40, 54 * narrow, 44 * narrow, palette["csf"], power=2.3)
    for side in SIDES:
        plane.ellipse(side * 23, 46, 27 * narrow, 33 * narrow, palette["grey"], angle=10 * side)
        plane.ellipse(side * 19, 40, 10, 14, palette["white"], edge=6, opacity=0.7)
    plane.ellipse(0, 52, 7, 22 * narrow, palette["grey"])
    _folia(plane, top=20, seed=seed, palette=palette)
    plane.ellipse(0, 8, 19, 12, palette["csf"])
    plane.ellipse(0, 12, 17 * narrow, 13 * narrow, palette["stem"])
    plane.ellipse(0, 28, 6.5, 4.2, palette["csf"])
    plane.ellipse(0, -3.5, 2.0, 2.0, palette["vessel"])  # basilar artery
    plane.ellipse(0, -17, 13, 10, palette["bone"])
    plane.ellipse(0, -17, 10, 7.5, palette["marrow"])


def _petrous_bone(plane: Plane, *, side: int, z: float, palette: Palette, seed: int) -> None:
    if not -30 < z < 2:
        return
    where, mask = plane.limb_mask(
        [(side * 62, 14), (side * 38, 4), (side * 12, -8)], [13, 8.5, 3.5]
    )
    rows, columns = plane.pixels.shape
    cells = smooth_noise(rows=rows, columns=columns, seed=seed + 21, power=2.8, cut=34.0)[where]
    lateral = np.clip((np.abs(plane.x[where]) - 40) / 8, 0, 1)
    holes = np.clip((cells - 0.35) * 2.2, 0, 1) * lateral
    bone = palette["bone"] + holes * (palette["gas"] - palette["bone"])
    plane.blend(where, mask, bone.astype(np.float32))
    plane.limb([(side * 74, 6), (side * 54, 7)], [2.4, 2.0], palette["gas"])  # ear canal
    plane.limb([(side * 30, 1), (side * 21, -1)], [1.9, 2.6], palette["csf"])
