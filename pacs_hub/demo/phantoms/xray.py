"""Radiographs: shadows that add up, as attenuation and then as 12-bit grey values; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from pacs_hub.demo.phantoms.canvas import Pixels, Plane, Window, blurred, smooth_noise

SIDES: Final = (-1, 1)
LETTER_L: Final = ((0, 0, 0, 14), (0, 14, 8, 14))


def chest(*, rows: int, columns: int, spacing: float, seed: int) -> Pixels:
    """Return a chest seen from the front (PA), the patient's left on the viewer's right."""
    rng = np.random.default_rng(seed)
    plane = Plane(rows=rows, columns=columns, spacing=spacing, wobble=1.4, seed=seed)
    _chest_wall(plane)
    lungs = _lung_fields(plane, deep=float(rng.uniform(0.94, 1.06)))
    vessels = _lung_vessels(plane, rng=rng)
    plane.pixels += vessels * lungs
    _mediastinum(plane, wide=float(rng.uniform(0.9, 1.12)))
    _thoracic_bones(plane, seed=seed)
    _letter(plane, LETTER_L, x=165, y=-190)
    return _exposed(plane.pixels, seed=seed, low=0.1, high=2.1, mottle=0.012)


def hand(*, rows: int, columns: int, spacing: float, seed: int) -> Pixels:
    """Return a left hand and wrist from behind."""
    rng = np.random.default_rng(seed)
    plane = Plane(rows=rows, columns=columns, spacing=spacing, wobble=0.35, seed=seed, lower=36)
    stretch = float(rng.uniform(0.94, 1.02))
    rays = _rays(stretch=stretch)
    _soft_tissue(plane, rays=rays)
    trabeculae = smooth_noise(rows=rows, columns=columns, seed=seed + 3, power=1.6, cut=40.0)
    for ray in rays:
        for (x0, y0), (x1, y1), width in ray:
            _tubular_bone(plane, ends=((x0, y0), (x1, y1)), width=width, spongy=trabeculae)
    _wrist(plane, spongy=trabeculae)
    _letter(plane, LETTER_L, x=78, y=-150)
    return _exposed(plane.pixels, seed=seed, low=0.0, high=1.55, mottle=0.008)


def _exposed(attenuation: Pixels, *, seed: int, low: float, high: float, mottle: float) -> Pixels:
    rows, columns = attenuation.shape
    rng = np.random.default_rng(seed)
    shadow = blurred(attenuation, sigma=0.9)
    grain = rng.standard_normal((rows, columns), dtype=np.float32)
    grey = (shadow + mottle * grain - low) / (high - low)
    return np.clip(grey * 4095, 0, 4095).astype(np.float32)


def _letter(plane: Plane, strokes: tuple[tuple[int, ...], ...], *, x: float, y: float) -> None:
    for x0, y0, x1, y1 in strokes:
        plane.limb([(x + x0, y + y0), (x + x1, y + y1)], [1.3, 1.3], 2.2)


def _chest_wall(plane: Plane) -> None:
    plane.limb([(0, -230), (0, -175)], [52, 60], 1.0, edge=26)  # neck
    plane.limb([(-150, -128), (0, -165), (150, -128)], [46, 42, 46], 0.92, edge=20)
    for side in SIDES:
        plane.limb([(side * 168, -128), (side * 192, 60)], [44, 40], 0.85, edge=16)
    plane.ellipse(0, 60, 168, 235, 1.05, power=2.8, edge=22)
    where, belly = plane.ellipse_mask(0, 205, 158, 96, edge=50)
    plane.add(where, belly, 0.34)
    for side in SIDES:  # breast and pectoral shade
        where, mask = plane.ellipse_mask(side * 82, 72, 62, 52, edge=36)
        plane.add(where, mask, 0.07)


def _lung_fields(plane: Plane, *, deep: float) -> Pixels:
    """Take air out of the wall; return where the lungs are."""
    field = np.zeros_like(plane.pixels)
    for side, floor in ((-1, 108.0), (1, 122.0)):
        where, mask = plane.ellipse_mask(side * 70, -5, 64, 168, power=2.7, edge=7)
        x, y = plane.x[where] - side * 74, plane.y[where]
        dome = floor * deep - 24 + 0.0085 * x**2 + 0.10 * side * x
        above = np.clip((dome - y) / 4 + 0.5, 0, 1)
        if side > 0:  # the heart stands before the left lung
            x0, y0 = plane.x[where] - 20, plane.y[where] - 78
            heart = np.hypot((x0 * 0.94 + y0 * 0.34) / 76, (y0 * 0.94 - x0 * 0.34) / 57)
            above = above * np.clip((heart - 1) * 16 + 0.5, 0.12, 1)
        lung = (mask * above).astype(np.float32)
        thick = 0.62 + 0.14 * np.clip(1 - np.hypot(x / 60, (y + 5) / 165) ** 2, 0, 1)
        plane.pixels[where] -= lung * thick
        field[where] = np.maximum(field[where], lung)
    return field


def _lung_vessels(plane: Plane, *, rng: np.random.Generator) -> Pixels:
    tree = Plane(
        rows=plane.pixels.shape[0], columns=plane.pixels.shape[1], spacing=plane.spacing, edge=1.6
    )

    def branch(x: float, y: float, heading: float, width: float, depth: int) -> None:
        length = float(rng.uniform(16, 27)) * (0.93 ** (6 - depth))
        bend = heading + float(rng.uniform(-0.16, 0.16))
        end = (x + length * float(np.cos(bend)), y + length * float(np.sin(bend)))
        where, mask = tree.limb_mask([(x, y), end], [width, width * 0.8])
        tree.pixels[where] = np.maximum(tree.pixels[where], mask * min(0.42, 0.075 * width))
        if depth:
            for turn in (-0.38, 0.34):
                branch(*end, bend + turn * float(rng.uniform(0.6, 1.3)), width * 0.74, depth - 1)

    for side in SIDES:
        for angle in (-1.25, -0.62, 0.0, 0.55, 1.0, 1.4):
            heading = angle if side > 0 else np.pi - angle
            branch(side * 34.0, -8.0 if side < 0 else -16.0, float(heading), 3.6, 4)
        where, mask = tree.ellipse_mask(side * 36, -10, 12, 26, angle=-8 * side, edge=14)
        tree.add(where, mask, 0.20)
    rows, columns = plane.pixels.shape
    haze = smooth_noise(rows=rows, columns=columns, seed=11, power=1.5, cut=14.0)
    return tree.pixels + np.float32(0.018) * haze


def _mediastinum(plane: Plane, *, wide: float) -> None:
    def shade(mask: tuple[Window, Pixels], amount: float) -> None:
        plane.add(*mask, amount)

    shade(plane.limb_mask([(0, -190), (-2, -60), (2, 130)], [23, 21 * wide, 24], edge=12), 0.24)
    shade(plane.ellipse_mask(22, 80, 72 * wide, 54, angle=20, edge=12), 0.26)
    shade(plane.ellipse_mask(22, -62, 19, 20, edge=7), 0.24)  # aortic knuckle
    shade(plane.limb_mask([(16, -50), (14, 150)], [13, 12], edge=10), 0.07)
    shade(plane.ellipse_mask(-24, 66, 22, 46, edge=14), 0.10)
    shade(plane.limb_mask([(0, -215), (1, -45)], [8.2, 7.6], edge=5), -0.24)  # windpipe
    shade(plane.limb_mask([(1, -45), (-24, -18)], [6.6, 5.2], edge=5), -0.15)
    shade(plane.limb_mask([(1, -45), (28, -14)], [6.2, 4.6], edge=5), -0.13)
    shade(plane.ellipse_mask(82, 146, 30, 18, angle=-8, edge=8), -0.34)  # gastric air bubble


def _thoracic_bones(plane: Plane, *, seed: int) -> None:
    rows, columns = plane.pixels.shape
    spongy = 1 + 0.10 * smooth_noise(rows=rows, columns=columns, seed=seed + 6, power=1.6, cut=40.0)
    for level in range(13):
        y = -205 + level * 26.5
        where, mask = plane.ellipse_mask(0, y, 17, 11.6, power=4, edge=2.4)
        plane.add(where, mask * spongy[where], 0.13)
        where, mask = plane.ellipse_mask(0, y + 7, 3.4, 7, edge=2)
        plane.add(where, mask, 0.12)
    for side in SIDES:
        for rib in range(10):
            _rib(plane, side=side, rib=rib, spongy=spongy)
        clavicle = [
            (side * 14, -136.0),
            (side * 62, -150.0),
            (side * 112, -158.0),
            (side * 148, -166.0),
        ]
        _shell(plane, clavicle, [8, 6.2, 6.2, 8], 0.26, spongy)
        blade = [(side * 134, -134.0), (side * 146, -78.0), (side * 138, -20.0)]
        _shell(plane, blade, [15, 11, 5], 0.12, spongy)
        _shell(
            plane,
            [(side * 166, -150.0), (side * 180, -96.0), (side * 188, 40.0)],
            [23, 13, 11],
            0.34,
            spongy,
        )


def _rib(plane: Plane, *, side: int, rib: int, spongy: Pixels) -> None:
    top = -168 + rib * 27.0
    half = 56 + 84 * float(np.sqrt(1 - (max(0, 7 - rib) / 8.2) ** 2))
    turns = np.linspace(0, 1, 9)
    back = [
        (
            side * (18 + (half - 18) * float(np.sin(t * 1.57))),
            top + 62 * float(t**1.7) + 4 * rib * float(t),
        )
        for t in turns
    ]
    _shell(plane, back, [5.2] * 9, 0.20, spongy)
    if rib < 7:
        end_x, end_y = back[-1]
        front = [
            (
                end_x - side * (half * 0.52) * float(t),
                end_y + 26 * float(t) + 14 * float(np.sin(t * 3.1)),
            )
            for t in np.linspace(0, 1, 7)
        ]
        _shell(plane, front, [5.0] * 4 + [5.6, 6.2, 6.4], 0.13, spongy)


def _shell(
    plane: Plane,
    line: Sequence[tuple[float, float]],
    radii: Sequence[float],
    amount: float,
    spongy: Pixels,
) -> None:
    """A bone as a ray sees it: denser along its rims than in its middle."""
    where, outer = plane.limb_mask(line, radii, edge=2.0)
    plane.add(where, outer * spongy[where], amount * 0.62)
    inner_where, inner = plane.limb_mask(line, [max(r - 2.2, 0.5) for r in radii], edge=2.6)
    plane.add(where, outer, amount * 0.5)
    plane.add(inner_where, inner, -amount * 0.5)


Bone = tuple[tuple[float, float], tuple[float, float], float]


def _rays(*, stretch: float) -> list[list[Bone]]:
    """Metacarpal and phalanges of five fingers, from the wrist outwards."""
    rays = []
    plans = (
        (29.0, 22.0, -0.72, (42, 31, 25), 6.2),
        (17.0, 14.0, -1.30, (64, 41, 25, 18), 5.8),
        (4.0, 11.0, -1.53, (63, 45, 29, 19), 5.9),
        (-9.0, 13.0, -1.72, (57, 41, 27, 19), 5.4),
        (-20.0, 18.0, -1.93, (53, 33, 20, 17), 4.9),
    )
    for x, y, heading, lengths, width in plans:
        ray: list[Bone] = []
        for order, length in enumerate(lengths):
            reach = length * stretch
            end = (x + reach * float(np.cos(heading)), y + reach * float(np.sin(heading)))
            ray.append(((x, y), end, width * (1 - 0.13 * order)))
            gap = 2.3
            x = end[0] + gap * float(np.cos(heading))
            y = end[1] + gap * float(np.sin(heading))
            heading += 0.02 * (heading + 1.53)
        rays.append(ray)
    return rays


def _soft_tissue(plane: Plane, *, rays: list[list[Bone]]) -> None:
    for ray in rays:
        line = [ray[0][0], ray[1][0], *[bone[1] for bone in ray[1:]]]
        wide = ray[0][2]
        radii = [wide * 2.3, wide * 1.95, *[wide * (1.62 - 0.14 * i) for i in range(len(line) - 2)]]
        plane.limb(line, radii, 0.34, edge=5)
    plane.limb([(10, 12), (2, -34)], [30, 30], 0.42, edge=9)
    plane.limb([(3, 22), (4, 62), (4, 190)], [31, 26, 31], 0.44, edge=9)
    plane.limb([(33, 20), (22, -8), (16, -32)], [14, 15, 9], 0.42, edge=8)


def _tubular_bone(
    plane: Plane,
    *,
    ends: tuple[tuple[float, float], tuple[float, float]],
    width: float,
    spongy: Pixels,
) -> None:
    (x0, y0), (x1, y1) = ends
    line = [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t) for t in (0.07, 0.24, 0.5, 0.8, 0.94)]
    radii = [width * f for f in (1.12, 0.82, 0.66, 0.80, 0.98)]
    where, outer = plane.limb_mask(line, radii, edge=0.9)
    plane.add(where, outer * (1 + 0.13 * spongy[where]), 0.46)
    marrow = [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t) for t in (0.18, 0.3, 0.5, 0.7, 0.84)]
    hollow = [width * f for f in (0.70, 0.36, 0.24, 0.36, 0.58)]
    where, inner = plane.limb_mask(marrow, hollow, edge=2.2)
    plane.add(where, inner, -0.17)


def _wrist(plane: Plane, *, spongy: Pixels) -> None:
    carpals = (
        (25, 24, 7.5, 7.0, 20), (14.5, 22.5, 6.0, 6.4, 5), (3.5, 26, 6.6, 11.0, 6),
        (-9.5, 26, 7.2, 8.4, -14), (17.5, 36.5, 6.2, 10.5, 34), (3.5, 41.5, 7.8, 6.4, -6),
        (-8.5, 38.5, 6.6, 6.8, -24), (-12.5, 36, 4.4, 4.6, 0),
    )  # fmt: skip
    for x, y, rx, ry, angle in carpals:
        where, mask = plane.ellipse_mask(x, y, rx, ry, angle=angle, power=2.6, edge=0.9)
        plane.add(where, mask * (1 + 0.16 * spongy[where]), 0.38)
        where, inner = plane.ellipse_mask(x, y, rx - 1.5, ry - 1.5, angle=angle, power=2.6, edge=2)
        plane.add(where, inner, -0.10)
    radius = [(13.0, 55.0), (12.0, 72.0), (12.0, 110.0), (12.0, 200.0)]
    ulna = [(-14.0, 56.0), (-13.5, 72.0), (-12.0, 110.0), (-10.0, 200.0)]
    for line, radii in ((radius, [14.0, 11.5, 7.6, 7.8]), (ulna, [7.4, 6.4, 5.8, 6.4])):
        where, outer = plane.limb_mask(line, radii, edge=0.9)
        lower = plane.y[where] > line[0][1] - 7
        plane.add(where, outer * lower * (1 + 0.13 * spongy[where]), 0.52)
        where, inner = plane.limb_mask(line[1:], [r * 0.5 for r in radii[1:]], edge=3)
        plane.add(where, inner, -0.18)
    plane.limb([(-17, 51), (-17.5, 46)], [2.4, 1.2], 0.8)
