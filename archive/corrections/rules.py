"""What a study's objects say instead of what they said, and where that makes a difference; pure.

An overlay is a list of changes. For each object it comes down to the batches that change
something in its header; an object whose header says the same already is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from archive.corrections.attributes import (
    IDENTITY_TAGS,
    ISSUER_OF_PATIENT_ID,
    OTHER_PATIENT_IDS,
    OTHER_PATIENT_IDS_SEQUENCE,
    PATIENT_BIRTH_DATE,
    PATIENT_ID,
    PATIENT_NAME,
    PATIENT_SEX,
)
from archive.dicom.dates import da
from archive.dicom.json_model import Json, text_value
from archive.patients.rules import search_form


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A person as the master or a header has them; `others` are further IDs with their issuers."""

    name: str = ""
    patient_id: str = ""
    issuer: str = ""
    birth_date: date | None = None
    sex: str = ""
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Change:
    """Attributes as DICOM JSON by tag, or the identity of a person, with reason, source, time."""

    reason: str
    source: str
    at: datetime
    attributes: Mapping[str, Json]
    identity: Identity | None = None


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """The changes to what leaves of a study, in order; `system` is who makes them (0400,0563)."""

    changes: tuple[Change, ...]
    system: str

    @property
    def tags(self) -> frozenset[str]:
        """Return every tag it may touch, so that a header need not be read any further."""
        own = frozenset(tag for change in self.changes for tag in change.attributes)
        return own | IDENTITY_TAGS if any(c.identity for c in self.changes) else own


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one change comes down to for one object: new values, all different from the old."""

    attributes: Mapping[str, Json]
    reason: str
    at: datetime


def agree(header: Identity, master: Identity) -> bool:
    """Say whether a header speaks of the master's person: same birth date and folded name."""
    return bool(
        header.birth_date
        and header.birth_date == master.birth_date
        and search_form(header.name)
        and search_form(header.name) == search_form(master.name)
    )


def batches(overlay: Overlay, header: Mapping[str, Json]) -> list[Batch]:
    """Return what the overlay changes in an object with this header (DICOM JSON by tag)."""
    changed: list[dict[str, Json]] = []
    for change in overlay.changes:
        values = dict(change.attributes)
        if change.identity is not None:
            values.update(_identity_values(change.identity, header))
        for earlier in changed:  # the later word counts
            for tag in values:
                earlier.pop(tag, None)
        changed.append(values)
    out = []
    for change, values in zip(overlay.changes, changed, strict=True):
        new = {t: v for t, v in values.items() if not _same(t, header.get(t), v)}
        if PATIENT_ID in new and ISSUER_OF_PATIENT_ID in values:
            new[ISSUER_OF_PATIENT_ID] = values[ISSUER_OF_PATIENT_ID]
        if new:
            out.append(Batch(attributes=new, reason=change.reason, at=change.at))
    return out


def same_name(left: str, right: str) -> bool:
    """Say whether two PNs are the same but for case, padding and groups only one of them has."""
    pairs = zip(_groups(left), _groups(right), strict=False)
    both = [(a, b) for a, b in pairs if a and b]  # nothing in common says nothing
    return bool(both) and all(a == b for a, b in both)


def _identity_values(master: Identity, header: Mapping[str, Json]) -> dict[str, Json]:
    """Return the patient block as the master has it; what the master does not know is left out.

    A header that names another person keeps nothing of them: there the unknown becomes empty.
    """
    other_person = not same_name(text_of(header, PATIENT_NAME), master.name)
    values: dict[str, Json] = {}
    if not master.patient_id:
        pass
    elif text_of(header, PATIENT_ID) != master.patient_id:
        values[PATIENT_ID] = text_value("LO", [master.patient_id])
        values[ISSUER_OF_PATIENT_ID] = text_value("LO", [master.issuer])
    elif text_of(header, ISSUER_OF_PATIENT_ID):
        values[ISSUER_OF_PATIENT_ID] = text_value("LO", [master.issuer])
    if master.name:
        values[PATIENT_NAME] = text_value("PN", [master.name])
    if master.birth_date or other_person:
        birth_date = da(master.birth_date) if master.birth_date else ""
        values[PATIENT_BIRTH_DATE] = text_value("DA", [birth_date])
    if master.sex or other_person:
        values[PATIENT_SEX] = text_value("CS", [master.sex])
    known = {master.patient_id, *(value for value, _ in master.others)}
    if not _other_ids(header) <= known:
        values[OTHER_PATIENT_IDS_SEQUENCE] = _others(master.others)
        if OTHER_PATIENT_IDS in header:
            values[OTHER_PATIENT_IDS] = {"vr": "LO"}
    return values


def _others(others: Iterable[tuple[str, str]]) -> Json:
    items = [
        {
            PATIENT_ID: text_value("LO", [value]),
            ISSUER_OF_PATIENT_ID: text_value("LO", [issuer]),
            "00100022": text_value("CS", ["TEXT"]),
        }
        for value, issuer in others
    ]
    return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}


def _other_ids(header: Mapping[str, Json]) -> set[str]:
    items = header.get(OTHER_PATIENT_IDS_SEQUENCE, {}).get("Value") or []
    found = {text_of(item, PATIENT_ID) for item in items}
    found |= {str(value) for value in header.get(OTHER_PATIENT_IDS, {}).get("Value") or []}
    return found - {""}


def _same(tag: str, old: Json | None, new: Json) -> bool:
    if old is None:
        return not new.get("Value")
    if new["vr"] == "PN":
        before, after = text_of({tag: old}, tag), text_of({tag: new}, tag)
        return before == after or same_name(before, after)
    return (old.get("Value") or []) == (new.get("Value") or [])


def text_of(values: Mapping[str, Json], tag: str) -> str:
    """Return the first value of an attribute as text, a name with its groups."""
    value = next(iter(values.get(tag, {}).get("Value") or [""])) or ""
    if isinstance(value, dict):
        groups = (value.get(g, "") for g in ("Alphabetic", "Ideographic", "Phonetic"))
        return "=".join(groups).rstrip("=")
    return str(value).strip()


def _groups(name: str) -> list[str]:
    return [
        "^".join(part.strip() for part in group.casefold().split("^")).rstrip("^ ")
        for group in name.split("=")
    ]
