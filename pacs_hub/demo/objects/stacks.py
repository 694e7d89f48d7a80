"""Base anatomy in slices, made once per variant and kept; each patient then gets their own."""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pacs_hub.demo.phantoms import ct, mr
from pacs_hub.demo.phantoms.abdomen import abdomen_slice
from pacs_hub.demo.phantoms.canvas import smooth_noise

Slice = NDArray[np.int16]

VARIANTS: Final = 2
HEAD_SPACING, HEAD_STEP, HEAD_BASE = 0.47, 5.0, -28.0
BODY_SPACING, BODY_STEP = 0.72, 9.0
BRAIN_SPACING, BRAIN_STEP, BRAIN_BASE = 0.90, 6.0, -26.0
KNEE_SPACING, KNEE_STEP = 0.65, 4.4
HEAD_SLICES, BODY_SLICES, BRAIN_SLICES, KNEE_SLICES = 26, 30, 21, 20


@functools.cache
def ct_head(variant: int) -> tuple[Slice, ...]:
    """Return an unenhanced head from the base of the skull upwards."""
    return tuple(
        ct.head(z=HEAD_BASE + HEAD_STEP * n, size=512, spacing=HEAD_SPACING, seed=3 + 20 * variant)
        .round()
        .astype(np.int16)
        for n in range(HEAD_SLICES)
    )


@functools.cache
def ct_abdomen(variant: int) -> tuple[Slice, ...]:
    """Return an abdomen from the dome of the liver downwards."""
    return tuple(
        abdomen_slice(z=2 + BODY_STEP * n, size=512, spacing=BODY_SPACING, seed=3 + 20 * variant)
        .round()
        .astype(np.int16)
        for n in range(BODY_SLICES)
    )


@functools.cache
def mr_brain(variant: int, contrast: str) -> tuple[Slice, ...]:
    """Return a brain from below upwards in one contrast."""
    return tuple(
        mr.brain(
            contrast=contrast,
            z=BRAIN_BASE + BRAIN_STEP * n,
            size=256,
            spacing=BRAIN_SPACING,
            seed=3 + 20 * variant,
        )
        .round()
        .astype(np.int16)
        for n in range(BRAIN_SLICES)
    )


@functools.cache
def mr_knee(variant: int, contrast: str) -> tuple[Slice, ...]:
    """Return a knee from its medial to its lateral side in one contrast."""
    return tuple(
        mr.knee(
            contrast=contrast,
            x=KNEE_STEP * (n - (KNEE_SLICES - 1) / 2),
            size=256,
            spacing=KNEE_SPACING,
            seed=3 + 20 * variant,
        )
        .round()
        .astype(np.int16)
        for n in range(KNEE_SLICES)
    )


def quantum_noise(*, size: int, sigma: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the grain of a CT picture, somewhere else of one field each time."""
    field = smooth_noise(rows=size, columns=size, seed=99, power=0.25, cut=1.0)
    shifted = np.roll(field, tuple(int(s) for s in rng.integers(0, size, 2)), axis=(0, 1))
    return shifted * np.float32(sigma)


def blob(
    *, size: int, spacing: float, centre: tuple[float, float], radius: float
) -> NDArray[np.float32]:
    """Return a soft round spot, 1 in its middle, for a finding."""
    at = (np.arange(size, dtype=np.float32) - (size - 1) / 2) * np.float32(spacing)
    distance = np.hypot(at[None, :] - centre[0], (at[:, None] - centre[1]) * 1.2)
    return np.asarray(np.clip((radius - distance) / 2.5 + 0.5, 0, 1), dtype=np.float32)
