"""MRG, PID and PV1 to the numbers a visit or an account had and is to have.

ADT A44 A45 A49 A50 A51: HL7 v2.5.1 3.3.44 to 3.3.51, 3.4.9.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from integrations.hl7.maps import rows
from integrations.hl7.maps.rows import Row
from integrations.hl7.message import SegmentList


def _text(ours: str, path: str) -> Row:
    return Row(ours=ours, paths=(path,), kind=rows.text, longest=64)


OLD: Final = (
    _text("account", "MRG-3.1"),
    _text("account_authority", "MRG-3.4"),
    _text("visit", "MRG-5.1"),
    _text("visit_authority", "MRG-5.4"),
    _text("alternate", "MRG-6.1"),
)
NEW: Final = (
    _text("account", "PID-18.1"),
    _text("account_authority", "PID-18.4"),
    _text("visit", "PV1-19.1"),
    _text("visit_authority", "PV1-19.4"),
    _text("alternate", "PV1-50.1"),
)


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Numbers of an account and a visit; empty means not said."""

    account: str = ""
    account_authority: str = ""
    visit: str = ""
    visit_authority: str = ""
    alternate: str = ""


def old_and_new(message: SegmentList, *, zone: tzinfo) -> tuple[Numbers, Numbers]:
    """Return what the numbers were and what they are to be.

    Raises:
        SegmentMissing: there is no MRG.
    """
    rows.require(message, "MRG")
    return (
        Numbers(**rows.read(OLD, message, zone=zone)),
        Numbers(**rows.read(NEW, message, zone=zone)),
    )


def moved_visits(message: SegmentList, *, zone: tzinfo) -> Iterator[tuple[Numbers, Numbers]]:
    """Return the numbers of each MRG and the PV1 after it (A45 has one pair for each visit).

    Raises:
        SegmentMissing: there is no MRG.
    """
    rows.require(message, "MRG")
    common = [s for s in message.segments if s.name == "PID"]
    for group in message.groups("MRG"):
        yield old_and_new(SegmentList([*common, *group.segments], message.separators), zone=zone)
