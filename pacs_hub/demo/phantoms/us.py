"""Ultrasound of the abdomen: a fan of speckle with what lies under the probe; pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pacs_hub.demo.phantoms.canvas import Pixels, Plane, curve, smooth_noise, taper

ROWS: Final = 480
COLUMNS: Final = 640
SPACING: Final = 0.36  # millimetres in a pixel
OPENING: Final = 0.66  # half the angle of the fan, radians
NEAR: Final = 42.0  # the curved probe's radius
DEPTH: Final = 150.0
VIEWS: Final = ("liver", "gallbladder", "right kidney")

Grey = NDArray[np.uint8]


def view(*, name: str, seed: int, phase: float = 0.0) -> Grey:
    """Return one picture; `phase` (0..1) moves the organs as breathing does."""
    plane = Plane(rows=ROWS, columns=COLUMNS, spacing=SPACING, value=0.0, wobble=1.1, seed=seed)
    breath = 5.0 * float(np.sin(2 * np.pi * phase))
    down = plane.y + ROWS / 2 * SPACING - 6  # millimetres below the top of the fan
    plane.pixels[:] = 0.42
    _wall(plane, down=down)
    {"liver": _liver, "gallbladder": _gallbladder, "right kidney": _kidney}[name](plane, breath)
    return _scanned(plane, seed=seed, phase=phase)


def _scanned(plane: Plane, *, seed: int, phase: float) -> Grey:
    x = np.broadcast_to(
        (np.arange(COLUMNS, dtype=np.float32) - (COLUMNS - 1) / 2) * SPACING, (ROWS, COLUMNS)
    )
    y = (np.arange(ROWS, dtype=np.float32)[:, None] + 18) * SPACING + NEAR * np.cos(OPENING) - 10
    radius, angle = np.hypot(x, y), np.arctan2(x, y)
    speckle = _speckle(radius=radius, angle=angle, seed=seed, drift=phase)
    gain = np.clip(1.12 - 0.42 * ((radius - NEAR - 62) / 100) ** 2, 0.2, 1.3)
    shade = 1 + 0.10 * smooth_noise(rows=ROWS, columns=COLUMNS, seed=seed + 2, power=3.0)
    echo = np.maximum(plane.pixels, 0.015) * gain * shade * speckle
    grey = 66 * np.log1p(14 * echo)
    fan = (np.abs(angle) < OPENING) & (radius > NEAR) & (radius < NEAR + DEPTH)
    picture = np.where(fan, np.clip(grey, 0, 255), 0).astype(np.uint8)
    _furniture(picture)
    return picture


def _speckle(*, radius: Pixels, angle: Pixels, seed: int, drift: float) -> Pixels:
    """Interference of many small echoes: finer along the beam than across it."""
    rng = np.random.default_rng(seed)
    lines, samples = 220, 900
    turn = np.exp(2j * np.pi * (drift * 0.35 + rng.random((samples, lines))))
    kernel = np.hanning(5)[:, None] * np.hanning(5)[None, :]
    field = np.fft.ifft2(np.fft.fft2(turn) * np.fft.fft2(kernel, s=turn.shape))
    grain = np.abs(field)
    grain /= grain.mean()
    at_line = np.clip((angle / OPENING + 1) / 2 * (lines - 1), 0, lines - 2)
    at_sample = np.clip((radius - NEAR) / DEPTH * (samples - 1), 0, samples - 2)
    line, sample = at_line.astype(np.intp), at_sample.astype(np.intp)
    across, along = at_line - line, at_sample - sample
    first = grain[sample, line] * (1 - across) + grain[sample, line + 1] * across
    second = grain[sample + 1, line] * (1 - across) + grain[sample + 1, line + 1] * across
    return np.asarray(first * (1 - along) + second * along, dtype=np.float32)


def _furniture(picture: Grey) -> None:
    """The grey bar at the left and the depth marks at the right, as on a console."""
    picture[60:260, 14:26] = np.linspace(255, 0, 200).astype(np.uint8)[:, None]
    for centimetre in range(1, 15):
        row = 20 + round(centimetre * 10 / SPACING)
        if row < ROWS:
            picture[row : row + 2, 622 : 634 if centimetre % 5 else 640] = 170


def _wall(plane: Plane, *, down: Pixels) -> None:
    for depth, thick, echo in ((9, 3.2, 0.85), (14, 1.6, 0.3), (19, 1.6, 1.1), (24, 3.5, 0.34)):
        band = np.clip(1.4 - np.abs(down - depth - 0.0012 * plane.x**2) / thick, 0, 1)
        plane.pixels += (band * (echo - plane.pixels)).astype(np.float32)


def _vessel(
    plane: Plane, points: list[tuple[float, float]], radii: list[float], wall: float
) -> None:
    line, wide = curve(points), taper(radii)
    plane.limb(line, [r + 1.3 for r in wide], wall, edge=1.2)
    plane.limb(line, wide, 0.02, edge=1.0)


def _liver(plane: Plane, breath: float) -> None:
    plane.ellipse(-4, 4 + breath, 98, 66, 0.44, edge=4)
    _vessel(plane, [(-52, 10 + breath), (-8, 28 + breath), (22, 42 + breath)], [2.2, 4.0, 5.6], 0.5)
    _vessel(plane, [(8, -20 + breath), (16, 12 + breath), (22, 42 + breath)], [1.8, 3.2, 5.6], 0.5)
    _vessel(plane, [(50, -4 + breath), (34, 24 + breath), (22, 42 + breath)], [1.8, 3.0, 5.0], 0.5)
    _vessel(
        plane, [(-30, -22 + breath), (-12, -14 + breath), (2, -18 + breath)], [2.6, 3.6, 2.0], 1.5
    )
    plane.ellipse(24, 48 + breath, 13, 8, 0.02, edge=1.5)  # inferior vena cava
    arc = [
        (x, 74 + breath - 0.0062 * (x - 6) ** 2) for x in (-96.0, -60.0, -24.0, 12.0, 48.0, 88.0)
    ]
    plane.limb(curve(arc), taper([1.8] * 6), 3.4, edge=1.6)  # diaphragm


def _gallbladder(plane: Plane, breath: float) -> None:
    plane.ellipse(-10, 0 + breath, 92, 58, 0.44, edge=4)
    where, beyond = plane.limb_mask([(4, 18 + breath), (12, 100 + breath)], [17, 26], edge=10)
    plane.add(where, beyond, 0.30)  # more sound comes back from behind fluid
    line = [(-22.0, -6.0 + breath), (4.0, 6.0 + breath), (22.0, 14.0 + breath)]
    plane.limb(curve(line), taper([11.6, 14.6, 8.6]), 1.3, edge=1.4)
    plane.limb(curve(line), taper([10, 13, 7]), 0.012, edge=1.2)
    plane.ellipse(6, 16.5 + breath, 4.4, 2.5, 4.0)  # a stone, and its shadow
    plane.limb([(6.5, 20 + breath), (10, 110)], [3.6, 6.5], 0.05, edge=3)
    _vessel(
        plane, [(-58, 26 + breath), (-20, 36 + breath), (16, 42 + breath)], [3.0, 4.4, 5.0], 1.5
    )


def _kidney(plane: Plane, breath: float) -> None:
    plane.ellipse(-20, -16 + breath, 90, 50, 0.46, edge=4)
    x, y = 4.0, 12.0 + breath
    plane.ellipse(x, y, 54, 26, 1.25, angle=8, edge=2)
    plane.ellipse(x, y, 51, 23.5, 0.28, angle=8, edge=3)
    for step in range(-3, 4):
        for side in (-1, 1):
            plane.ellipse(
                x + step * 13 - side * 2, y + step * 1.8 + side * (14 - abs(step)), 4.6, 4.4, 0.10,
                edge=3,
            )  # fmt: skip
    plane.ellipse(x, y, 32, 8.6, 1.5, angle=8, edge=5)
    plane.ellipse(x + 4, y, 11, 1.8, 0.08, angle=8, edge=2)
    arc = [
        (-100.0, 44.0 + breath),
        (-50.0, 62.0 + breath),
        (0.0, 66.0 + breath),
        (60.0, 56.0 + breath),
    ]
    plane.limb(curve(arc), taper([2, 2.4, 2.6, 2]), 2.6, edge=3)
