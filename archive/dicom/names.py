"""What UIDs and attributes are called, for people; pure."""

from __future__ import annotations

import functools
from typing import Final

from pydicom.datadict import dictionary_description, private_dictionary_description
from pydicom.uid import UID

_SHORTER: Final = ((" - For Presentation", ""), (" Storage", ""), (" Transfer Syntax", ""))


@functools.lru_cache(maxsize=1024)
def uid_name(uid: str) -> str:
    """Return the name of a UID of the standard, such as "CT Image"; else the UID itself."""
    name = UID(uid).name
    if name == uid:
        return uid
    for long, short in _SHORTER:
        name = name.replace(long, short)
    return name.partition(" (")[0].partition(":")[0]


@functools.lru_cache(maxsize=8192)
def attribute_name(tag: int, creator: str = "") -> str:
    """Return the name of an attribute (PS3.6), of a private one by its creator; "" if unknown."""
    if tag >> 16 & 1:
        if tag & 0xFFFF < 0x100:
            return "Private Creator"
        try:
            return private_dictionary_description(tag, creator).strip("[]")
        except KeyError:
            return ""
    try:
        return dictionary_description(tag)
    except KeyError:
        return ""
