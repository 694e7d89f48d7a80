"""PID, AL1, IAM and NTE to what is kept of a patient beside who they are: HL7 v2.5.1 3.4.2.

The social security number (PID-19) is never read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time, tzinfo
from typing import Any, Final

from archive.patients.rules import Listed, PatientDetails
from integrations.hl7.maps import names, nulls, rows
from integrations.hl7.maps.rows import Row
from integrations.hl7.message import NULL, Path, Segment, SegmentList

ADDRESS: Final = ("street", "other", "city", "state", "postal_code", "country", "type")
"""XAD-1 to XAD-7."""

PHONE_USE, PHONE_KIND, EMAIL = 1, 2, 3  # XTN-2, XTN-3, XTN-4, counted from 0


def repeated(segments: SegmentList, path: str, _zone: tzinfo) -> list[list[list[str]]]:
    """Read every repetition of a field, taken apart."""
    place = Path.of(path)
    segment = segments.first(place.segment)
    if segment is None:
        return []
    count = len(segment.repetitions(place.field))
    return [segment.components(place.field, number) for number in range(1, count + 1)]


def mother(segments: SegmentList, path: str, zone: tzinfo) -> str:
    """Read an XPN as a DICOM PN."""
    return names.patient_name(repeated(segments, path, zone))


def birth_time(segments: SegmentList, path: str, _zone: tzinfo) -> time | None:
    """Read the time behind a date of birth; midnight only fills up, so it says nothing."""
    value = segments.get(path).strip()
    digits = value[8:].split("+")[0].split("-")[0].split(".")[0]
    if len(digits) not in (4, 6) or not digits.isdigit() or not digits.strip("0"):
        return None
    hour, minute, second = int(digits[:2]), int(digits[2:4]), int(digits[4:6] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def addresses(segments: SegmentList, path: str, zone: tzinfo) -> Listed:
    """Read every XAD; the street is the first subcomponent of its first component."""
    return tuple(
        found
        for parts in repeated(segments, path, zone)
        if (found := _valued({name: _at(parts, n) for n, name in enumerate(ADDRESS)}))
    )


def phones(segments: SegmentList, path: str, zone: tzinfo) -> Listed:
    """Read every XTN: the number as text, or made of its parts; an e-mail address as well."""
    return tuple(
        found
        for parts in repeated(segments, path, zone)
        if (
            found := _valued(
                {
                    "number": _number(parts),
                    "use": _at(parts, PHONE_USE),
                    "kind": _at(parts, PHONE_KIND),
                    "email": _at(parts, EMAIL),
                }
            )
        )
        and ("number" in found or "email" in found)
    )


def dead(segments: SegmentList, path: str, zone: tzinfo) -> Any:
    """Read when somebody died; a date that cannot be read says nothing."""
    return rows.tolerated_moment(segments, path, zone)


DETAILS: Final = (
    Row(ours="mother_birth_name", paths=("PID-6",), kind=mother),
    Row(ours="birth_time", paths=("PID-7",), kind=birth_time),
    Row(ours="addresses", paths=("PID-11",), kind=addresses, note="a snapshot"),
    Row(ours="phones", paths=("PID-13",), kind=phones, note="a snapshot"),
    Row(ours="work_phones", paths=("PID-14",), kind=phones, note="a snapshot"),
    Row(ours="language", paths=("PID-15.1",), kind=rows.text, longest=64, cut=True),
    Row(ours="marital_status", paths=("PID-16.1",), kind=rows.text, longest=64, cut=True),
    Row(ours="died_at", paths=("PID-29",), kind=dead),
)

_LISTS: Final = frozenset({"addresses", "phones", "work_phones"})
_MOMENTS: Final = frozenset({"birth_time", "died_at"})


def patient_details(
    message: SegmentList, called: names.PatientNames, *, zone: tzinfo
) -> PatientDetails:
    """Return what is said beside who the patient is; what the null value clears is empty."""
    found = rows.read(DETAILS, message, zone=zone)
    cleared = nulls.cleared(DETAILS, message) - found.keys()
    for name in cleared - _MOMENTS:
        found[name] = () if name in _LISTS else ""
    others = tuple({"name": name, "type": kind} for name, kind in called.others)
    return PatientDetails(
        **found,
        other_names=others if called.name else others or None,
        allergies=allergies(message),
        comments=_comments(message),
        clears=frozenset(cleared & _MOMENTS),
    )


def allergies(message: SegmentList) -> Listed | None:
    """Return what AL1 and IAM list, as one snapshot; None where there is no such segment.

    An IAM that deletes (IAM-6 D) is left out of the list; an AL1 with the null value lists
    nothing.
    """
    segments = [s for s in message.segments if s.name in ("AL1", "IAM")]
    if not segments:
        return None
    found: list[Mapping[str, str]] = []
    for segment in segments:
        if segment.name == "IAM" and segment.value(Path.of("IAM-6.1")).upper() == "D":
            continue
        entry = _allergy(segment)
        if entry.keys() & {"code", "text"} and entry not in found:
            found.append(entry)
    return tuple(found)


def _allergy(segment: Segment) -> dict[str, str]:
    """Return one allergy: what to, of which kind, how grave, and what it does (AL1-2 to AL1-5)."""
    to = segment.components(3)
    coded = {name: _at(to, n) for n, name in enumerate(("code", "text", "scheme"))}
    return _valued(
        {
            **coded,
            "type": segment.value(Path(segment.name, 2)),
            "severity": segment.value(Path(segment.name, 4)),
            "reaction": segment.value(Path(segment.name, 5)),
        }
    )


def _comments(message: SegmentList) -> str | None:
    """Return the notes that stand directly behind PID (NTE-3), None where there are none."""
    texts: list[str] = []
    behind = False
    for segment in message.segments:
        if segment.name == "NTE" and behind:
            texts += [
                segment.value(Path("NTE", 3, n + 1)) for n in range(len(segment.repetitions(3)))
            ]
        else:
            behind = segment.name in ("PID", "PD1")
    said = [text for text in texts if text and text != NULL]
    return "\n".join(said) if said else ("" if NULL in texts else None)


def _number(parts: Sequence[Sequence[str]]) -> str:
    """Return XTN-1, else XTN-12, else country, area, number and extension (XTN-5 to XTN-8)."""
    whole = _at(parts, 0) or _at(parts, 11)
    if whole:
        return whole
    country, area, local, extension = (_at(parts, n) for n in range(4, 8))
    if not local:
        return ""
    start = [f"+{country.lstrip('+')}"] if country else []
    end = [f"ext. {extension}"] if extension else []
    return " ".join([*start, *([area] if area else []), local, *end])


def _at(parts: Sequence[Sequence[str]], number: int) -> str:
    text = parts[number][0].strip() if number < len(parts) else ""
    return "" if text == NULL else text


def _valued(entry: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in entry.items() if value}
