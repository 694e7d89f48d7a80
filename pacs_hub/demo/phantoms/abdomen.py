"""An abdomen in axial CT slices, portal venous phase, in Hounsfield units; pure.

`z` is millimetres below the dome of the liver; x is positive towards the patient's left.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from pacs_hub.demo.phantoms.canvas import Pixels, Plane, smooth_noise

LENGTH: Final = 270.0
SIDES: Final = (-1, 1)
FAT, MUSCLE, LIVER, SPLEEN, VESSEL, BONE, MARROW = -102.0, 62.0, 112.0, 124.0, 168.0, 620.0, 210.0
FLUID, WALL, GAS, LUNG = 12.0, 78.0, -950.0, -860.0


def abdomen_slice(*, z: float, size: int, spacing: float, seed: int) -> Pixels:
    """Return one slice of the abdomen on the table, `size` pixels square."""
    plane = Plane(rows=size, columns=size, spacing=spacing, value=-1000, wobble=1.6, seed=seed)
    rx, ry = _trunk(plane, z=z, seed=seed)
    _spine(plane, z=z)
    _lungs(plane, z=z, rx=rx, ry=ry, seed=seed)
    _bowel(plane, z=z, seed=seed)
    _kidneys(plane, z=z)
    _spleen(plane, z=z)
    _liver(plane, z=z, seed=seed)
    _stomach(plane, z=z)
    _pancreas(plane, z=z)
    _great_vessels(plane, z=z)
    _ribs(plane, z=z, rx=rx, ry=ry)
    _pelvis(plane, z=z)
    _table(plane, ry=ry)
    return plane.pixels


def _within(z: float, first: float, last: float) -> float:
    """Return how thick an organ between two levels is at `z`: 0 outside, 1 in its middle."""
    t = (z - first) / (last - first)
    return float(np.sqrt(4 * t * (1 - t))) if 0 < t < 1 else 0.0


def _trunk(plane: Plane, *, z: float, seed: int) -> tuple[float, float]:
    waist = 1 - 0.07 * float(np.sin(np.pi * min(max((z - 40) / 200, 0), 1)))
    rx, ry = 166 * waist, 112 * waist
    plane.ellipse(0, 0, rx, ry, 0, power=2.35)
    plane.ellipse(0, 0, rx - 1.8, ry - 1.8, FAT, power=2.35)
    inner = rx - 17, ry - 15
    plane.ellipse(0, 2, *inner, MUSCLE, power=2.4)
    plane.ellipse(0, 0, inner[0] - 9, inner[1] - 8, FAT + 8, power=2.4)
    for side in SIDES:
        plane.ellipse(side * 33, -ry + 18, 31, 5.5, MUSCLE, angle=5 * side)  # rectus
        plane.ellipse(side * 38, 80, 30, 18, MUSCLE, angle=-14 * side)  # erector spinae
        grow = float(np.clip((z - 80) / 120, 0, 1))
        plane.ellipse(side * (36 + 6 * grow), 44, 8 + 12 * grow, 12 + 9 * grow, MUSCLE)  # psoas
    rows, columns = plane.pixels.shape
    streaks = smooth_noise(rows=rows, columns=columns, seed=seed + 3, power=1.4, cut=14.0)
    fat = (plane.pixels < -60) & (plane.pixels > -200)
    plane.pixels += np.where(fat, 9 * streaks, 0).astype(np.float32)
    return rx, ry


def _spine(plane: Plane, *, z: float) -> None:
    phase = (z % 34) / 34
    disc = phase < 0.22
    plane.ellipse(0, 47, 25, 18.5, 95 if disc else BONE, power=2.2)
    plane.ellipse(0, 47, 22.5, 16, 80 if disc else MARROW, power=2.2, edge=3)
    plane.limb([(-11, 66), (0, 84), (11, 66)], [4, 4, 4], BONE)
    plane.limb([(0, 82), (0, 97 + 6 * phase)], [3.8, 4.8], BONE * 0.75)
    plane.ellipse(0, 70, 10, 8, 30)
    plane.ellipse(0, 70, 6.5, 6, 45, opacity=0.8)
    for side in SIDES:
        plane.limb([(side * 10, 62), (side * 15, 74)], [3.2, 5], BONE)
        if not disc:
            plane.limb([(side * 14, 72), (side * 42, 70)], [4, 2.6], BONE * 0.7)


def _lungs(plane: Plane, *, z: float, rx: float, ry: float, seed: int) -> None:
    depth = float(np.clip(1 - z / 62, 0, 1))
    if depth <= 0:
        return
    rows, columns = plane.pixels.shape
    texture = smooth_noise(rows=rows, columns=columns, seed=seed + 5, power=1.5, cut=10.0)
    where, outer = plane.ellipse_mask(0, 0, rx - 29, ry - 24, power=2.4)
    _, dome = plane.ellipse_mask(0, -8, rx - 29, ry - 24, power=2.2)
    x, y = plane.x[where], plane.y[where]
    reach = 1 - 0.55 * depth
    rim = np.hypot(x / ((rx - 29) * reach), (y + 14) / ((ry - 24) * reach))
    lung = outer * np.clip((rim - 1) * 40, 0, 1) * (y > -55 + 70 * (1 - depth))
    spine = np.clip((np.hypot(x / 38, (y - 55) / 32) - 1) * 12, 0, 1)
    vessels = np.clip((texture[where] - 1.5) * 3, 0, 1) * 700
    plane.blend(where, (lung * spine).astype(np.float32), (LUNG + vessels).astype(np.float32))
    for side in SIDES:  # crura of the diaphragm
        plane.limb([(side * 6, 28), (side * 28, 46), (side * 36, 66)], [3, 3.2, 2.4], MUSCLE)


def _kidneys(plane: Plane, *, z: float) -> None:
    for side, first, last in ((1, 78, 195), (-1, 92, 208)):
        size = _within(z, first, last)
        if not size:
            continue
        x, y = side * (68 + 4 * (z - first) / 100), 44
        plane.ellipse(x, y, 41 * size, 39 * size, FAT)
        plane.ellipse(x, y, 27 * size, 32 * size, 205, angle=-22 * side)
        for turn in range(-3, 4):  # pyramids
            angle = np.radians(turn * 42 - 20 * side)
            plane.ellipse(
                x + side * 16 * size * float(np.cos(angle)),
                y + 20 * size * float(np.sin(angle)),
                5.5 * size, 5.5 * size, 160, edge=3,
            )  # fmt: skip
        if size > 0.75:
            plane.ellipse(x - side * 14, y - 4, 14 * size, 11 * size, FAT, angle=-22 * side)
            plane.ellipse(x - side * 15, y - 4, 7, 6, 30)
            plane.limb([(x - side * 16, y - 6), (side * 14, 26)], [3.6, 4.2], VESSEL)


def _spleen(plane: Plane, *, z: float) -> None:
    size = _within(z, 8, 140)
    if size:
        plane.ellipse(112, 34, 26 * size, 54 * size, SPLEEN, angle=22)
        plane.ellipse(88, 22, 15 * size, 33 * size, FAT, angle=22)


def _liver(plane: Plane, *, z: float, seed: int) -> None:
    size = _within(z, -40, 205)
    if not size:
        return
    where, right = plane.ellipse_mask(-68, 2, 66 * size, 78 * size, power=2.3, angle=-6)
    rows, columns = plane.pixels.shape
    texture = smooth_noise(rows=rows, columns=columns, seed=seed + 9, power=1.2, cut=12.0)
    plane.blend(where, right, (LIVER + 3 * texture[where]).astype(np.float32))
    left = _within(z, -30, 120)
    if left:
        plane.limb([(-40, -38), (10, -52), (64 * left, -52)], [38 * left, 25 * left, 9], LIVER)
        plane.limb([(-16, -72), (-14, -34)], [2.4, 1.6], FAT)  # falciform ligament
        plane.limb([(-14, -24), (12, -26)], [3.2, 2.4], FAT + 20)
    if z < 42:
        for angle in (-2.75, -2.05, -1.25):  # hepatic veins run to the cava
            end = (-26 + 74 * float(np.cos(angle)), 16 + 66 * float(np.sin(angle)))
            plane.limb([(-26, 16), end], [5.4, 2.0], VESSEL - 14)
    elif z < 120:
        plane.limb([(-16, 0), (-40, -6), (-78, 4)], [7, 6, 2.5], VESSEL)
        plane.limb([(-40, -6), (-74, -34)], [4.8, 1.6], VESSEL)
        plane.limb([(-78, 4), (-104, 28)], [2.6, 1.4], VESSEL - 10)
    rng = np.random.default_rng(seed * 1000 + int(z))
    for _ in range(16):
        plane.ellipse(
            -70 + 48 * size * rng.uniform(-1, 1), 58 * size * rng.uniform(-1, 1),
            rng.uniform(1.3, 2.8), rng.uniform(1.3, 4.2), VESSEL - 18, angle=rng.uniform(0, 180),
            opacity=0.85 * size,
        )  # fmt: skip
    bladder = _within(z, 98, 165)
    if bladder:
        plane.ellipse(-52, -50, 17 * bladder, 22 * bladder, WALL, angle=20)
        plane.ellipse(-52, -50, 15 * bladder, 20 * bladder, 8, angle=20)


def _stomach(plane: Plane, *, z: float) -> None:
    size = _within(z, 12, 135)
    if not size:
        return
    x, y, rx, ry = 66 - 0.12 * z, -34, 40 * size, 33 * size
    plane.ellipse(x, y, rx, ry, WALL, angle=-24)
    where, mask = plane.ellipse_mask(x, y, rx - 4, ry - 4, angle=-24)
    level = -50.0  # the patient lies on the back: gas is in front of the fluid
    inside = np.where(plane.y[where] < level, GAS, FLUID + 8).astype(np.float32)
    plane.blend(where, mask, inside)


def _pancreas(plane: Plane, *, z: float) -> None:
    size = _within(z, 84, 150)
    if not size:
        return
    body = [(-24.0, -2.0), (4.0, -14.0), (36.0, -6.0), (70.0, 14.0)]
    plane.limb(body, [13 * size, 9 * size, 8 * size, 7 * size], 104, edge=3)
    plane.limb([(8, 0), (40, 6), (78, 22)], [4.2, 4.0, 3.4], VESSEL, opacity=size)  # splenic vein


def _bowel(plane: Plane, *, z: float, seed: int) -> None:
    _colon(plane, z=z, seed=seed)
    if z < 118:
        return
    rng = np.random.default_rng(seed)
    depth = min((z - 118) / 40, 1)
    for index in range(26):
        x, y = rng.uniform(-82, 86), rng.uniform(-78, 6)
        radius, angle, kind = rng.uniform(9, 14.5), rng.uniform(0, 180), rng.uniform()
        drift = 7 * float(np.sin(z / 23 + index * 1.7))
        level = float(np.clip(1.25 - abs(np.sin(z / 41 + index)), 0.35, 1)) * depth
        r = radius * level
        plane.ellipse(x + drift, y, r * 1.25, r, WALL + 18, angle=angle)
        plane.ellipse(x + drift, y, (r - 2.4) * 1.25, r - 2.4, 22, angle=angle)
        if kind > 0.8 and r > 8:
            plane.ellipse(x + drift, y - r * 0.35, r * 0.6, r * 0.35, GAS)
    for _ in range(30):  # vessels of the mesentery
        plane.ellipse(rng.uniform(-60, 70), rng.uniform(-60, 12), 2.0, 2.0, VESSEL - 20)


def _colon(plane: Plane, *, z: float, seed: int) -> None:
    rows, columns = plane.pixels.shape
    stool = smooth_noise(rows=rows, columns=columns, seed=seed + 13, power=1.4, cut=22.0)
    loops = []
    if z > 150:
        loops.append((-106.0, 8.0, 25.0, 22.0))
    if z > 112:
        loops.append((112.0, 22.0, 17.0, 16.0))
    if 112 < z < 170:
        loops.extend([(-50.0, -72.0, 34.0, 14.0), (30.0, -76.0, 40.0, 13.0)])
    for x, y, rx, ry in loops:
        haustra = 1 + 0.10 * float(np.sin(z / 7 + x))
        plane.ellipse(x, y, rx * haustra, ry * haustra, WALL)
        where, mask = plane.ellipse_mask(x, y, rx * haustra - 2.6, ry * haustra - 2.6)
        content = 10 + 45 * stool[where] - 620 * np.clip(stool[where] - 0.9, 0, 1)
        gas = plane.y[where] < y - 0.25 * ry
        plane.blend(where, mask, np.where(gas, GAS, content).astype(np.float32))


def _great_vessels(plane: Plane, *, z: float) -> None:
    split = max(0.0, z - 205) * 0.42
    radius = 10.5 if z < 205 else 7.4
    for side in SIDES if split else (1,):
        plane.ellipse(5 + side * split, 20, radius, radius, VESSEL + 12)
        plane.ellipse(-20 + side * split * 0.8, 22, radius + 2.6, radius - 0.4, VESSEL - 18)
    if not split:
        plane.ellipse(5, 20, 9, 9, VESSEL + 22)
    if 96 < z < 175:
        plane.ellipse(3, -1, 4.4, 4.4, VESSEL + 12)
        plane.ellipse(-12, 0, 6.2, 6.2, VESSEL)
    if z < 60:
        plane.ellipse(16, 6, 9, 7, WALL)  # oesophagus to cardia
        plane.ellipse(16, 6, 3, 1.6, -300)


def _ribs(plane: Plane, *, z: float, rx: float, ry: float) -> None:
    reach = float(np.clip(1.05 - z / 230, 0, 1))
    for side in SIDES:
        for index in range(8):
            angle = 1.18 - index * 0.36 + 0.10 * float(np.sin(z / 9))
            if angle < 1.2 - 3.3 * reach:
                continue
            x, y = side * (rx - 23) * float(np.cos(angle)), (ry - 20) * float(np.sin(angle))
            tilt = side * float(np.degrees(angle))
            plane.ellipse(x, y, 4.4, 11, BONE, angle=tilt)
            plane.ellipse(x, y, 2.4, 8.4, 160, angle=tilt)


def _pelvis(plane: Plane, *, z: float) -> None:
    grow = float(np.clip((z - 214) / 50, 0, 1))
    if not grow:
        return
    for side in SIDES:
        line = [
            (side * (118 - 10 * grow), 8.0 + 20 * (1 - grow)),
            (side * 96, 40.0),
            (side * 62, 66.0),
        ]
        plane.limb(line, [5 * grow, 6 * grow, 9 * grow], BONE)
        plane.limb(line, [2.6 * grow, 3.6 * grow, 6 * grow], MARROW)
        plane.ellipse(side * 92, 74, 40 * grow, 17 * grow, MUSCLE, angle=-28 * side)


def _table(plane: Plane, *, ry: float) -> None:
    where, outer = plane.ellipse_mask(0, ry - 148, 215, 160, edge=1.2)
    inner = np.zeros_like(plane.pixels)
    inner_where, mask = plane.ellipse_mask(0, ry - 148, 212, 156, edge=1.2)
    inner[inner_where] = mask
    shell = outer - inner[where]
    below = (plane.pixels[where] < -900) & (plane.y[where] > ry - 40)
    plane.add(where, (shell * below).astype(np.float32), 900)
