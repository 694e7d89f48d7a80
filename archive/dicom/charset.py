"""Choosing the Specific Character Set of an answer (PS3.3 C.12.1.1.2); pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from pydicom.charset import python_encoding

UTF8: Final = "ISO_IR 192"
LATIN1: Final = "ISO_IR 100"
_COMPONENTS: Final = re.compile(r"[\^=\\]")


def choose(texts: Iterable[str], *, preferred: str) -> str:
    """Return the character set to answer in: the preferred one where it can say all of `texts`.

    Without a preference plain ASCII needs none (""), then ISO_IR 100 is tried. What is left is
    answered in ISO_IR 192.
    """
    everything = list(texts)
    if not preferred:
        if all(text.isascii() for text in everything):
            return ""
        preferred = LATIN1
    codecs = [python_encoding.get(term.strip()) for term in preferred.split("\\")]
    if None in codecs:
        return UTF8
    usable = [codec for codec in codecs if codec is not None]
    parts = {part for text in everything for part in _COMPONENTS.split(text)}
    said = all(any(_can_say(codec, part) for codec in usable) for part in parts)
    return preferred if said else UTF8


def _can_say(codec: str, text: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
