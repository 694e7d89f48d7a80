"""Videos into the one form every viewer plays: H.264 High Profile 4.1 in MP4 (PS3.5 8.2.7).

The converter is a process of its own: a video that crashes it takes nothing else along.
"""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path
from typing import Final

import imageio_ffmpeg  # type: ignore[import-untyped]

from archive.documents.rules import BrokenDocument
from pacs_hub.kernel.errors import Malformed, Unavailable

logger = logging.getLogger(__name__)

LARGEST_RESULT: Final = 4 * 1024**3 - 1024**2
_DEMUXERS: Final = {"avi": "avi", "mp4": "mov"}
# Within 1920 x 1080 at 30 frames a second, which level 4.1 can carry; even sides for 4:2:0.
_FIT: Final = (
    "scale=w='min(1920,iw)':h='min(1080,ih)'"
    ":force_original_aspect_ratio=decrease:force_divisible_by=2,setsar=1"
)


class ConverterMissing(Unavailable):
    """The video converter is not installed."""

    code = "converter-missing"


class ConversionTooLong(Malformed):
    """The video takes longer to convert than the site allows."""

    code = "conversion-too-long"


def to_h264(source: Path, target: Path, *, kind: str, seconds: float) -> None:
    """Convert the first video track of `source`, with its sound, into `target`.

    The container is fixed by `kind`, so no playlist can make the converter open other files.

    Raises:
        BrokenDocument: it cannot be converted.
        ConversionTooLong: it took longer than `seconds`.
        ConverterMissing: there is no converter here.
    """
    command = [
        *(_converter(), "-nostdin", "-hide_banner", "-v", "error", "-y", "-threads", "2"),
        *("-protocol_whitelist", "file", "-f", _DEMUXERS[kind], "-i", f"file:{source}"),
        *("-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1", "-dn", "-sn"),
        *("-vf", _FIT, "-fpsmax", "30", "-c:v", "libx264", "-preset", "medium", "-crf", "20"),
        *("-profile:v", "high", "-level:v", "4.1", "-pix_fmt", "yuv420p", "-c:a", "aac"),
        *("-fs", str(LARGEST_RESULT), "-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell, our own file names
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ConversionTooLong(f"the video takes more than {seconds:.0f} s to convert") from error
    except OSError as error:
        raise ConverterMissing("the video converter cannot be started") from error
    if done.returncode != 0:
        logger.warning("archive.document.conversion_failed", extra={"code": done.returncode})
        raise BrokenDocument("the video cannot be converted: it is damaged or of no known coding")


def _converter() -> str:
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ConverterMissing("the video converter is not installed") from error
