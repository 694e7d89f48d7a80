"""Pictures such as cameras and screens make, decoded to plain pixels."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from pacs_hub.kernel.errors import Malformed

MOST_BYTES: Final = 256 * 1024 * 1024
"""Of decoded pixels, all frames together: what one worker may hold at a time."""

FORMATS: Final = ("PNG", "GIF", "BMP", "JPEG")
_ORIENTATION: Final = 0x0112
_HAS_ALPHA: Final = frozenset({"LA", "PA", "RGBA", "La", "RGBa"})
_GREY_16: Final = frozenset({"I;16", "I;16B", "I;16L", "I"})
_UNREADABLE: Final = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    IndexError,
    KeyError,
    struct.error,
)


class BadPicture(Malformed):
    """The picture cannot be decoded."""

    code = "bad-picture"


class PictureTooLarge(Malformed):
    """The picture would fill the memory when it is decoded."""

    code = "picture-too-large"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Plain pixels, little endian, row by row; `samples` is 1 (grey) or 3 (red, green, blue)."""

    rows: int
    columns: int
    samples: int
    bits: int
    frames: tuple[bytes, ...]


def decode(file: BinaryIO, *, upright: bool = False, on_white: bool = False) -> Picture:
    """Decode a picture, every frame of an animation; an alpha channel is dropped.

    `upright` turns it as its EXIF orientation says; `on_white` lays what is transparent on white.

    Raises:
        BadPicture: it is broken or of another kind.
        PictureTooLarge: it is larger than `MOST_BYTES`, whatever it takes on disk.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            with Image.open(file, formats=FORMATS) as image:
                return _decoded(image, upright=upright, on_white=on_white)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge("the picture is too large to be decoded") from error
    except _UNREADABLE as error:
        raise BadPicture("the picture is broken, or none we know") from error


def is_upright(file: BinaryIO) -> bool:
    """Say whether a JPEG needs no turning by its EXIF orientation (CIPA DC-008 4.6.4).

    Raises:
        BadPicture: it is broken.
    """
    try:
        with Image.open(file, formats=("JPEG",)) as image:
            return image.getexif().get(_ORIENTATION, 1) in {0, 1}
    except _UNREADABLE as error:
        raise BadPicture("the picture is broken, or none we know") from error


def _decoded(image: Image.Image, *, upright: bool, on_white: bool) -> Picture:
    count = getattr(image, "n_frames", 1) if image.format == "GIF" else 1
    if image.width * image.height * 3 * count > MOST_BYTES:
        raise PictureTooLarge("the picture is too large to be decoded")
    plain = [_plain(frame, on_white) for frame in _frames(image, count, upright)]
    if len({frame.mode for frame in plain}) > 1:
        plain = [frame.convert("RGB") for frame in plain]
    first = plain[0]
    return Picture(
        rows=first.height,
        columns=first.width,
        samples=3 if first.mode == "RGB" else 1,
        bits=16 if first.mode == "I;16" else 8,
        frames=tuple(frame.tobytes() for frame in plain),
    )


def _frames(image: Image.Image, count: int, upright: bool) -> Iterator[Image.Image]:
    if count > 1:
        yield from (frame.copy() for frame in ImageSequence.Iterator(image))
    else:
        yield (ImageOps.exif_transpose(image) or image) if upright else image


def _plain(image: Image.Image, on_white: bool) -> Image.Image:
    """Return it as 8 or 16 bit grey, or as RGB."""
    if image.mode in _GREY_16:
        return image if image.mode == "I;16" else image.convert("I;16")
    if on_white and (image.mode in _HAS_ALPHA or "transparency" in image.info):
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        mode = "L" if image.mode == "LA" else "RGB"
        image = Image.alpha_composite(white, layer).convert(mode)
    if image.mode in {"1", "L", "LA"}:
        return image.convert("L")
    return image.convert("RGB")
