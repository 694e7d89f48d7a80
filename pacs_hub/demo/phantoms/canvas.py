"""A plane measured in millimetres on which soft-edged tissue is painted; pure."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
Window = tuple[slice, slice]


@functools.lru_cache(maxsize=8)
def smooth_noise(*, rows: int, columns: int, seed: int, power: float, cut: float = 0.0) -> Pixels:
    """Return noise of unit variance whose spectrum falls with `power`, nothing below `cut`.

    `cut` is in cycles per picture. Callers must not write to the cached answer.
    """
    generator = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(generator.standard_normal((rows, columns)))
    v = np.fft.fftfreq(rows)[:, None] * rows
    u = np.fft.rfftfreq(columns)[None, :] * columns
    radius = np.hypot(u, v)
    shape = np.maximum(radius, 1.0) ** -power
    shape[radius < max(cut, 0.5)] = 0.0
    noise = np.fft.irfft2(spectrum * shape, s=(rows, columns))
    noise = (noise / noise.std()).astype(np.float32)
    noise.setflags(write=False)
    return noise  # type: ignore[no-any-return]


def blurred(pixels: Pixels, *, sigma: float) -> Pixels:
    """Return `pixels` under a Gaussian of `sigma` pixels, done in the frequency domain."""
    rows, columns = pixels.shape
    v = np.fft.fftfreq(rows)[:, None]
    u = np.fft.rfftfreq(columns)[None, :]
    kernel = np.exp(-2.0 * (np.pi * sigma) ** 2 * (u**2 + v**2))
    return np.fft.irfft2(np.fft.rfft2(pixels) * kernel, s=(rows, columns)).astype(np.float32)


def curve(points: Sequence[tuple[float, float]], *, steps: int = 6) -> list[tuple[float, float]]:
    """Return a smooth line through `points` (Catmull-Rom), `steps` pieces between each two."""
    line = np.array([points[0], *points, points[-1]], dtype=np.float64)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(line, line[1:], line[2:], line[3:], strict=False)
    ]
    return [(float(x), float(y)) for x, y in [*np.concatenate(pieces), line[-1]]]


def taper(radii: Sequence[float], *, steps: int = 6) -> list[float]:
    """Return radii to go with `curve` of as many points."""
    at = np.linspace(0, len(radii) - 1, (len(radii) - 1) * steps + 1)
    return [float(r) for r in np.interp(at, np.arange(len(radii)), radii)]


class Plane:
    """Pixels with millimetre coordinates, x to the right and y down, zero in the middle
    or `lower` millimetres below it.

    A `wobble` of some millimetres bends every shape a little, the same way at the same place,
    so that ellipses look grown rather than drawn.
    """

    def __init__(
        self,
        *,
        rows: int,
        columns: int,
        spacing: float,
        value: float = 0.0,
        wobble: float = 0.0,
        seed: int = 0,
        edge: float | None = None,
        lower: float = 0.0,
    ) -> None:
        self.spacing = spacing
        self.lower = lower
        self.edge = edge if edge is not None else 1.5 * spacing
        self.margin = 3.5 * wobble + 2 * self.edge
        self.pixels: Pixels = np.full((rows, columns), value, dtype=np.float32)
        across = (np.arange(columns, dtype=np.float32) - (columns - 1) / 2) * spacing
        down = (np.arange(rows, dtype=np.float32) - (rows - 1) / 2) * spacing - lower
        self.x: Pixels = np.broadcast_to(across[None, :], (rows, columns)).astype(np.float32)
        self.y: Pixels = np.broadcast_to(down[:, None], (rows, columns)).astype(np.float32)
        if wobble:
            bend_x, bend_y = (
                smooth_noise(rows=rows, columns=columns, seed=seed + n, power=2.6, cut=2.0)
                for n in (0, 1)
            )
            self.x = self.x + wobble * bend_x
            self.y = self.y + wobble * bend_y

    def window(self, *, left: float, right: float, top: float, bottom: float) -> Window:
        """Return the slices of the pixels that a box in millimetres can touch."""
        rows, columns = self.pixels.shape

        def index(value: float, count: int) -> int:
            return int(np.clip(round(value / self.spacing + (count - 1) / 2), 0, count))

        return (
            slice(
                index(top + self.lower - self.margin, rows),
                index(bottom + self.lower + self.margin, rows) + 1,
            ),
            slice(index(left - self.margin, columns), index(right + self.margin, columns) + 1),
        )

    def ellipse_mask(
        self,
        cx: float,
        cy: float,
        rx: float,
        ry: float,
        *,
        angle: float = 0.0,
        power: float = 2.0,
        edge: float | None = None,
    ) -> tuple[Window, Pixels]:
        """Return where an ellipse (a superellipse for another `power`) is, as coverage 0..1."""
        reach = max(rx, ry) * (1.0 if angle == 0 else 1.2)
        across, down = (rx, ry) if angle == 0 else (reach, reach)
        where = self.window(left=cx - across, right=cx + across, top=cy - down, bottom=cy + down)
        dx, dy = self.x[where] - cx, self.y[where] - cy
        if angle:
            cos, sin = np.float32(np.cos(np.radians(angle))), np.float32(np.sin(np.radians(angle)))
            dx, dy = dx * cos + dy * sin, dy * cos - dx * sin
        if power == 2.0:
            distance = np.asarray(np.hypot(dx / rx, dy / ry), dtype=np.float32)
        else:
            total = (np.abs(dx) / rx) ** power + (np.abs(dy) / ry) ** power
            distance = np.asarray(total ** (1 / power), dtype=np.float32)
        return where, self._coverage((distance - 1.0) * min(rx, ry), edge)

    def ellipse(
        self,
        cx: float,
        cy: float,
        rx: float,
        ry: float,
        value: float,
        *,
        angle: float = 0.0,
        power: float = 2.0,
        edge: float | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Paint an ellipse of `value` over what is there."""
        if rx <= 0 or ry <= 0:
            return
        where, mask = self.ellipse_mask(cx, cy, rx, ry, angle=angle, power=power, edge=edge)
        self.blend(where, mask * np.float32(opacity), value)

    def limb_mask(
        self,
        points: Sequence[tuple[float, float]],
        radii: Sequence[float],
        *,
        edge: float | None = None,
    ) -> tuple[Window, Pixels]:
        """Return the coverage of a tube along `points` whose radius runs through `radii`."""
        reach = max(radii)
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        where = self.window(
            left=min(xs) - reach, right=max(xs) + reach, top=min(ys) - reach, bottom=max(ys) + reach
        )
        x, y = self.x[where], self.y[where]
        distance = np.full(x.shape, 1e6, dtype=np.float32)
        for (x0, y0), (x1, y1), r0, r1 in zip(
            points[:-1], points[1:], radii[:-1], radii[1:], strict=True
        ):
            along = max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-6)
            t = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / along, 0, 1)
            gap = np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0))
            distance = np.minimum(distance, gap - (r0 + t * (r1 - r0)))
        return where, self._coverage(distance, edge)

    def limb(
        self,
        points: Sequence[tuple[float, float]],
        radii: Sequence[float],
        value: float,
        *,
        edge: float | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Paint a tube of `value` over what is there."""
        where, mask = self.limb_mask(points, radii, edge=edge)
        self.blend(where, mask * np.float32(opacity), value)

    def blend(self, where: Window, mask: Pixels, value: float | Pixels) -> None:
        """Move the pixels towards `value` by the coverage `mask`."""
        self.pixels[where] += mask * (value - self.pixels[where])

    def add(self, where: Window, mask: Pixels, amount: float | Pixels) -> None:
        """Add `amount` under `mask`, as shadows add up on a radiograph."""
        self.pixels[where] += mask * amount

    def _coverage(self, signed_distance: Pixels, edge: float | None) -> Pixels:
        softness = edge if edge is not None else self.edge
        covered = np.clip(0.5 - signed_distance / np.float32(softness), 0, 1)
        return np.asarray(covered, dtype=np.float32)
