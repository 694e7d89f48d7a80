"""What the value of a query key asks for (PS3.4 C.2.2.2); pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from archive.dicom.dates import date_interval, time_interval
from pacs_hub.kernel.errors import Malformed

WILDCARD_VRS: Final = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
NUMBER_VRS: Final = frozenset({"IS", "SL", "SS", "SV", "UL", "US", "UV"})
_UID: Final = re.compile(r"[0-9]+(\.[0-9]+)*")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}")


class BadKey(Malformed):
    """The value of a query key cannot be a value of its attribute."""

    code = "bad-query-key"


@dataclass(frozen=True)
class Universal:
    """Anything matches; the attribute is asked for (C.2.2.2.3)."""


@dataclass(frozen=True)
class Single:
    """Exactly this value (C.2.2.2.1)."""

    value: str


@dataclass(frozen=True)
class Number:
    """Exactly this whole number, however it is written."""

    value: int


@dataclass(frozen=True)
class Wildcard:
    """`*` is any run of characters, `?` any one (C.2.2.2.4)."""

    pattern: str


@dataclass(frozen=True)
class AnyOf:
    """One of these values: a list of UIDs (C.2.2.2.2), or several values of a key (C.2.2.2.8)."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class DateRange:
    """From the first day to the last, both included; None is open (C.2.2.2.5)."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class TimeRange:
    """From the first instant to the last, both included; None is open (C.2.2.2.5)."""

    first: time | None
    last: time | None


Match = Universal | Single | Number | Wildcard | AnyOf | DateRange | TimeRange


def match_of(vr: str, value: str) -> Match:
    """Return what `value` asks of an attribute of this VR; several values part at backslashes.

    Raises:
        BadKey: it is no UID, or no number.
        BadDate: it is no date or time, nor a range.
    """
    text = value.strip(" \0")
    if not text or (vr in WILDCARD_VRS and not text.strip("*")):
        return Universal()
    if vr == "UI":
        return AnyOf(tuple(_uid(part) for part in re.split(r"[\\,]", text) if part.strip(" \0")))
    if vr == "DA":
        return DateRange(*date_interval(text))
    if vr == "TM":
        return TimeRange(*time_interval(text))
    if vr in NUMBER_VRS:
        return Number(_number(text))
    if vr in WILDCARD_VRS and ("*" in text or "?" in text):
        return Wildcard(text)
    if "\\" in text:
        return AnyOf(tuple(part.strip(" ") for part in text.split("\\") if part.strip(" ")))
    return Single(text)


def _uid(text: str) -> str:
    value = text.strip(" \0")
    if len(value) > 64 or not _UID.fullmatch(value):
        raise BadKey("not a UID")
    return value


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise BadKey("not a whole number")
    return int(text)
