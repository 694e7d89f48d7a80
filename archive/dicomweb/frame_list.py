"""The frame numbers of an address (PS3.18 10.4.1.1.6); pure."""

from __future__ import annotations

import re
from typing import Final

from pacs_hub.kernel.errors import Malformed

MOST_FRAMES: Final = 10_000
_NUMBERS: Final = re.compile(r"[1-9][0-9]{0,6}(,[1-9][0-9]{0,6})*")


class BadFrameList(Malformed):
    """Not a list of frame numbers."""

    code = "bad-frame-list"


def frame_numbers(text: str) -> list[int]:
    """Read `1,3,2`: numbers from 1, the order kept.

    Raises:
        BadFrameList: it is something else, or too long.
    """
    if not _NUMBERS.fullmatch(text):
        raise BadFrameList("frames are numbers from 1, parted by commas")
    numbers = [int(part) for part in text.split(",")]
    if len(numbers) > MOST_FRAMES:
        raise BadFrameList(f"at most {MOST_FRAMES} frames are sent at once")
    return numbers
