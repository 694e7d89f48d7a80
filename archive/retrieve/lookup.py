"""Lookup tables of an image: modality, VOI, palette colour (PS3.3 C.11.1, C.11.2, C.7.6.3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut

from archive.retrieve.decoding import Pixels

_COLOURS: Final = ("Red", "Green", "Blue")


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """A table: `first` is the value its first entry stands for, `top` the largest it can give."""

    first: int
    entries: Pixels
    top: int

    def applied(self, values: Pixels) -> Pixels:
        """Return the entry of each value; those outside take the nearest entry."""
        place = np.rint(values).astype(np.int64) - self.first
        return np.asarray(self.entries[np.clip(place, 0, len(self.entries) - 1)])


def lookup_of(item: Dataset, *, signed: bool, big_endian: bool = False) -> Lookup:
    """Return the table of an item of a modality or VOI LUT sequence.

    Raises:
        ValueError: the item holds no table that makes sense.
    """
    descriptor, data = item.get("LUTDescriptor"), item.get("LUTData")
    return _lookup(descriptor, data, signed=signed, big_endian=big_endian)


def in_colour(values: Pixels, header: Dataset, *, big_endian: bool = False) -> Pixels:
    """Return palette colour values as 8-bit RGB; segmented tables too (PS3.3 C.7.9.2).

    Raises:
        ValueError: the palette makes no sense.
    """
    if "RedPaletteColorLookupTableData" not in header:
        colours = apply_color_lut(values, header)[..., :3]
        return _in_bytes(colours, 255 if colours.dtype == np.uint8 else 65535)
    signed = bool(header.get("PixelRepresentation"))
    planes = []
    for colour in _COLOURS:
        table = _lookup(
            header.get(f"{colour}PaletteColorLookupTableDescriptor"),
            header.get(f"{colour}PaletteColorLookupTableData"),
            signed=signed,
            big_endian=big_endian,
        )
        planes.append(_in_bytes(table.applied(values), table.top))
    return np.stack(planes, axis=-1)


def _lookup(descriptor: Any, data: Any, *, signed: bool, big_endian: bool) -> Lookup:
    if descriptor is None or len(descriptor) != 3 or data is None:
        raise ValueError("a lookup table has a descriptor of three numbers and data")
    count, first, bits = (int(number) for number in descriptor)
    count = count or 65536
    if signed and first > 32767:  # written as US where it was meant as SS
        first -= 65536
    entries = _entries(data, count, bits, big_endian)
    top = max((1 << min(max(bits, 1), 16)) - 1, int(entries.max()))
    if bits == 16 and entries.dtype == np.uint16 and int(entries.max()) <= 255:
        top = 255  # 8-bit tables that call themselves 16-bit are seen in ultrasound
    return Lookup(first=first, entries=entries, top=top)


def _entries(data: Any, count: int, bits: int, big_endian: bool) -> Pixels:
    if isinstance(data, bytes):
        wide = len(data) >= 2 * count
        kind = (">u2" if big_endian else "<u2") if wide else "u1"
        whole = len(data) // np.dtype(kind).itemsize * np.dtype(kind).itemsize
        entries: Pixels = np.frombuffer(data[:whole], dtype=kind)[:count]
    else:
        numbers = [data] if isinstance(data, int) else list(data)
        entries = np.asarray(numbers, dtype=np.int64)
        if bits <= 8 and len(entries) * 2 <= count:  # two 8-bit entries in each word
            entries = np.frombuffer(entries.astype("<u2").tobytes(), dtype="u1")
        entries = entries[:count]
    if not len(entries):
        raise ValueError("a lookup table without entries")
    return entries.astype(np.uint16) if entries.dtype != np.uint8 else entries


def _in_bytes(values: Pixels, top: int) -> Pixels:
    if top == 255:
        return values.astype(np.uint8)
    return np.asarray(values.astype(np.float32) * (255 / top) + 0.5, dtype=np.uint8)
