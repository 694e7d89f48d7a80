"""Which fields of a message the maps read, and what they became of ours. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from integrations.hl7.maps import registry
from integrations.hl7.maps.rows import Row
from integrations.hl7.message import Message, Path

Place = tuple[str, int]
"""A segment's name and a field's number."""

PERSON: Final[dict[Place, str]] = {
    ("PID", 3): "identifiers",
    ("PID", 5): "name",
    ("PID", 7): "birth_date",
    ("PID", 8): "sex",
    ("PID", 18): "account_number",
    ("MRG", 1): "merged identifiers",
}
"""What `adt2patient` reads of every message about a person."""

ORDERS: Final = ("orm2order", "adt2visit", "obx2clinical")
VISITS: Final = ("adt2patient", "pid2details", "adt2visit")
MAPS: Final[dict[str, tuple[str, ...]]] = {
    "ADT": VISITS,
    "BAR": (*VISITS, "bar2account"),
    "ORM": ORDERS,
    "OMI": ORDERS,
    "OMG": ORDERS,
    "SIU": (*VISITS, "siu2appointment"),
    "ORU": ("oru2result", "obx2section", "oru2document"),
    "MDM": ("mdm2document",),
    "DFT": ("dft2charge",),
}
"""The maps of each message code (MSH-9.1), by the names of the registry."""


def understood(message: Message) -> dict[Place, tuple[str, ...]]:
    """Return, for each field that was read, the names of our fields it filled."""
    found: dict[Place, tuple[str, ...]] = {}
    for row in _rows(message.get("MSH-9.1")):
        path = next((path for path in row.paths if message.get(path)), None)
        if path is not None:
            place = (Path.of(path).segment, Path.of(path).field)
            ours = row.ours.replace("_", " ")
            if ours not in found.get(place, ()):
                found[place] = (*found.get(place, ()), ours)
    for place, ours in PERSON.items():
        segment = message.first(place[0])
        if segment is not None and segment.raw(place[1]):
            found.setdefault(place, (ours.replace("_", " "),))
    return found


def _rows(code: str) -> Iterable[Row]:
    for name in MAPS.get(code, ()):
        for table in registry.MAPS.get(name, {}).values():
            yield from table
