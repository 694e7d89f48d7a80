"""Mammograms: a compressed breast in two views; pure."""

from __future__ import annotations

import numpy as np

from pacs_hub.demo.phantoms.canvas import Pixels, Plane, blurred, smooth_noise


def breast(*, view: str, side: str, rows: int, columns: int, spacing: float, seed: int) -> Pixels:
    """Return a CC or MLO view as 12-bit grey, the chest wall at the right for R, left for L."""
    rng = np.random.default_rng(seed)
    plane = Plane(rows=rows, columns=columns, spacing=spacing, wobble=1.2, seed=seed)
    half_width, half_height = columns * spacing / 2, rows * spacing / 2
    oblique = view == "MLO"
    centre = 14.0 if oblique else 0.0
    depth = half_width * float(rng.uniform(1.25, 1.5))
    height = half_height * (0.80 if oblique else 0.70)
    x = plane.x + half_width  # millimetres from the chest wall
    rim = np.hypot(x / depth, (plane.y - centre) / height)
    if oblique:  # towards the armpit the breast does not end
        upper = np.hypot(x / (depth * 0.66), np.minimum(plane.y - centre + 24, 0) / (height * 2.4))
        both = np.exp(-9 * rim) + np.exp(-9 * upper) * (plane.y < centre + 40)
        rim = np.minimum(rim, np.where(plane.y < centre + 40, -np.log(both) / 9 + 0.03, rim))
        rim = np.maximum(rim, 0)
    inside = np.clip((1 - rim) * min(depth, height) / 1.5 + 0.5, 0, 1)
    thick = np.sqrt(np.clip(1 - rim**6, 0, 1)) * inside
    tissue = _gland(plane, x=x, depth=depth, centre=centre, rng=rng, seed=seed)
    picture = thick * (0.20 + tissue)
    picture += inside * np.exp(-(((1 - rim) * depth / 1.4) ** 2)) * 0.16  # skin line
    plane.pixels[:] = picture
    _strands(plane, rng=rng, inside=inside, depth=depth, centre=centre)
    nipple = plane.ellipse_mask(depth - half_width + 1, centre, 4.5, 5.5, edge=1.5)
    plane.add(*nipple, 0.22)
    if oblique:
        _pectoral(plane, x=x, half_height=half_height)
    return _finished(plane.pixels, side=side, seed=seed)


def _finished(pixels: Pixels, *, side: str, seed: int) -> Pixels:
    rng = np.random.default_rng(seed + 1)
    rows, columns = pixels.shape
    grain = rng.standard_normal((rows, columns), dtype=np.float32)
    grey = np.clip(blurred(pixels, sigma=0.7) + 0.008 * grain * (pixels > 0.05), 0, 1.25)
    grey = np.where(pixels > 0.004, grey / 1.25 * 4095, 0).astype(np.float32)
    return grey[:, ::-1].copy() if side == "R" else grey


def _gland(
    plane: Plane, *, x: Pixels, depth: float, centre: float, rng: np.random.Generator, seed: int
) -> Pixels:
    rows, columns = plane.pixels.shape
    coarse = smooth_noise(rows=rows, columns=columns, seed=seed + 4, power=1.75, cut=3.0)
    fine = smooth_noise(rows=rows, columns=columns, seed=seed + 5, power=1.35, cut=9.0)
    reach = float(rng.uniform(0.42, 0.60))
    cone = np.hypot(
        (x - depth * 0.56) / (depth * reach), (plane.y - centre) / (depth * reach * 0.85)
    )
    dense = np.clip(1.25 - cone, 0, 1)
    lobes = np.clip(0.55 + 0.42 * coarse, 0, 1.5) * dense
    density = 0.50 * lobes + 0.035 * fine * (0.35 + dense) + 0.03 * coarse
    return np.asarray(density, dtype=np.float32)


def _strands(
    plane: Plane, *, rng: np.random.Generator, inside: Pixels, depth: float, centre: float
) -> None:
    """Ducts and ligaments fan out from the nipple."""
    half = plane.pixels.shape[1] * plane.spacing / 2
    ink = np.zeros_like(plane.pixels)
    for _ in range(34):
        angle = float(np.pi + rng.uniform(-0.85, 0.85))
        point, line = (depth - half - 4, centre), []
        for _step in range(7):
            line.append(point)
            angle += float(rng.uniform(-0.22, 0.22))
            stride = depth * float(rng.uniform(0.08, 0.15))
            point = (
                point[0] + stride * float(np.cos(angle)),
                point[1] + stride * float(np.sin(angle)),
            )
        where, mask = plane.limb_mask(
            line, [float(r) for r in np.linspace(0.75, 0.25, 7)], edge=0.7
        )
        ink[where] = np.maximum(ink[where], mask * float(rng.uniform(0.03, 0.09)))
    for _ in range(int(rng.integers(2, 7))):  # benign calcifications
        where, mask = plane.ellipse_mask(
            float(rng.uniform(-half * 0.6, depth - half - 20)),
            centre + float(rng.uniform(-30, 30)),
            0.5, 0.4, edge=0.3,
        )  # fmt: skip
        ink[where] = np.maximum(ink[where], mask * 0.35)
    plane.pixels += ink * inside


def _pectoral(plane: Plane, *, x: Pixels, half_height: float) -> None:
    edge = 58 - (plane.y + half_height) * 0.44
    muscle = np.clip((edge - x) / 2.4 + 0.5, 0, 1)
    rows, columns = plane.pixels.shape
    grain = smooth_noise(rows=rows, columns=columns, seed=17, power=1.8, cut=6.0)
    target = np.maximum(0.74 + 0.02 * grain, plane.pixels)
    plane.pixels += (muscle * (target - plane.pixels)).astype(np.float32)
