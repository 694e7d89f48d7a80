"""ORC, OBR, TQ1, IPC, ZDS and what stands round them to an order: IHE RAD-2, RAD-3, RAD-4.

One map for ORM^O01, OMG^O19 and OMI^O23: where versions differ the row names the later field
first, which earlier messages do not have.
"""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Final

from integrations.hl7.maps import rows
from integrations.hl7.maps.rows import Row
from integrations.hl7.message import NULL, Path, SegmentList
from pacs_hub.kernel.errors import Malformed
from worklist.orders.rules import Code, is_uid

_ACCESSION: Final = re.compile(r"[^\\*?\x00-\x1f]+")
DEFAULT_SCHEME: Final = "L"
ALLERGY_TYPES: Final = frozenset({"", "DA", "MA", "MC", "FA", "EA", "AA", "LA", "PA"})
_CONTRAST: Final = re.compile(r"contrast|iod|gadol|barium|kontrast", re.IGNORECASE)
PREGNANT: Final = "B6"
"""PV1-15 (table 0009), the one value that says something of pregnancy."""


class BadUid(Malformed):
    """A Study Instance UID is none (PS3.5 9.1)."""

    code = "bad-uid"


class BadAccessionNumber(Malformed):
    """An accession number holds a wildcard, a backslash or a control character."""

    code = "bad-accession-number"


def uid(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read a UID; one that is none is refused, never repaired."""
    value = rows.text(segments, path, _zone)
    if value and not is_uid(value):
        raise BadUid(f"{path} is not a UID", field=path)
    return value


def accession_number(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read an accession number (SH): no wildcard can stand in one."""
    value = rows.text(segments, path, _zone)
    if value and not _ACCESSION.fullmatch(value):
        raise BadAccessionNumber(f"{path} is not an accession number", field=path)
    return value


def is_accession_number(value: str) -> bool:
    """Say whether a number can be an accession number as it is (SH, 16 characters)."""
    return len(value) <= 16 and _ACCESSION.fullmatch(value) is not None


def code(segments: SegmentList, path: str, _zone: tzinfo) -> Code | None:
    """Read the triplet of a CE or CWE; `path` names its first component, .1 or .4."""
    place = Path.of(path)
    parts = [sub[0].strip() for sub in rows.components(segments, path)]
    parts = [part if part != NULL else "" for part in parts]
    triplet = (parts[place.component - 1 :] + [""] * 3)[:3]
    value, meaning, scheme = triplet
    value = value or meaning
    if not value:
        return None
    if len(value) > 64:
        raise rows.TooLong(f"{path} is longer than 64 characters", field=path)
    return Code(
        value=value, scheme=(scheme or DEFAULT_SCHEME)[:16], meaning=(meaning or value)[:120]
    )


def more_codes(segments: SegmentList, path: str, zone: tzinfo) -> tuple[Code, ...]:
    """Read the second and later repetitions of a CE or CWE."""
    place = Path.of(path)
    segment = segments.first(place.segment)
    count = len(segment.repetitions(place.field)) if segment is not None else 0
    numbered = (f"{place.segment}-{place.field}({n}).1" for n in range(2, count + 1))
    found = (code(segments, each, zone) for each in numbered)
    return tuple(each for each in found if each is not None)


def more_titles(segments: SegmentList, path: str, zone: tzinfo) -> tuple[str, ...]:
    """Read the second and later AE titles of a field; each has its 16 characters at most."""
    titles = tuple(each.value for each in more_codes(segments, path, zone))
    if any(len(title) > 16 for title in titles):
        raise rows.TooLong(f"{path} is longer than 16 characters", field=path)
    return titles


def lines(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read a field of every segment of its name and all its repetitions, one to a line."""
    place = Path.of(path)
    found: list[str] = []
    for segment in segments.all(place.segment):
        for number in range(1, len(segment.repetitions(place.field)) + 1):
            parts = segment.components(place.field, number)
            index = place.component - 1
            value = parts[index][0].strip() if index < len(parts) else ""
            if value and value != NULL:
                found.append(value)
    return "\n".join(found)


def allergies(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read what AL1 or IAM say, one to a line; what concerns contrast media comes first."""
    place = Path.of(path)
    found: list[str] = []
    for segment in segments.all(place.segment):
        if segment.value(Path.of(f"{place.segment}-2.1")).upper() not in ALLERGY_TYPES:
            continue
        parts = [sub[0].strip() for sub in segment.components(3)]
        value = next((p for p in (*parts[1:2], *parts[:1]) if p and p != NULL), "")
        if value and value not in found:
            found.append(value)
    return "\n".join(sorted(found, key=lambda value: not _CONTRAST.search(value)))


def pregnancy(segments: SegmentList, path: str, _zone: tzinfo) -> int | None:
    """Read the ambulatory status; pregnant is the one value it has for us."""
    place = Path.of(path)
    segment = segments.first(place.segment)
    values = segment.repetitions(place.field) if segment is not None else []
    return 3 if PREGNANT in values else None


def _text(ours: str, *paths: str, longest: int, cut: bool = False, note: str = "") -> Row:
    return Row(ours=ours, paths=paths, kind=rows.text, longest=longest, cut=cut, note=note)


ORDER: Final = (
    _text("placer_order_number", "ORC-2.1", "OBR-2.1", longest=75),
    _text("placer_namespace", "ORC-2.2", "OBR-2.2", longest=75),
    _text("placer_universal_id", "ORC-2.3", "OBR-2.3", longest=199),
    _text("placer_universal_id_type", "ORC-2.4", "OBR-2.4", longest=16),
    _text("filler_order_number", "ORC-3.1", "OBR-3.1", longest=75),
    _text("filler_namespace", "ORC-3.2", "OBR-3.2", longest=75),
    _text("filler_universal_id", "ORC-3.3", "OBR-3.3", longest=199),
    _text("filler_universal_id_type", "ORC-3.4", "OBR-3.4", longest=16),
    _text("placer_group_number", "ORC-4.1", longest=75),
    _text("parent_placer_number", "ORC-8.1.1", "OBR-29.1.1", longest=75),
    _text("parent_filler_number", "ORC-8.2.1", "OBR-29.2.1", longest=75),
    Row(
        ours="accession_number",
        paths=("IPC-1.1", "OBR-18.1"),
        kind=accession_number,
        longest=16,
        note="none: the hub issues one",
    ),
    _text("issuer_of_accession_number", "IPC-1.2", longest=64, note="none: the site's"),
    _text("accession_universal_id", "IPC-1.3", longest=199),
    _text("accession_universal_id_type", "IPC-1.4", longest=16),
    _text("requested_procedure_id", "IPC-2.1", "OBR-19.1", longest=16),
    Row(ours="study_instance_uid", paths=("IPC-3.1", "ZDS-1.1"), kind=uid, longest=64),
    Row(
        ours="procedure",
        paths=("OBR-44.1", "OBR-4.1", "OBR-4.4"),
        kind=code,
        note="IHE: OBR-44 is the requested procedure; most senders fill OBR-4 only",
    ),
    Row(
        ours="modality",
        paths=("IPC-5.1", "OBR-24.1"),
        kind=rows.modality,
        table="0074",
        note="none: the catalogue says",
    ),
    Row(
        ours="priority",
        paths=("TQ1-9.1", "ORC-7.6", "OBR-27.6", "OBR-5.1"),
        kind=rows.priority,
        table="0485",
    ),
    _text("reason", "OBR-31.2", "OBR-31.1", "OBR-13.1", longest=300, cut=True),
    Row(ours="reason_code", paths=("OBR-31.1",), kind=code),
    _text("patient_state", "OBR-12.2", "OBR-12.1", longest=64, cut=True, note="danger code"),
    _text("transport", "OBR-30.1", longest=64, cut=True, note="CART, PORT, WALK, WHLC"),
    Row(ours="clinical_information", paths=("OBR-13.1",), kind=lines),
    _text("visit_number", "PV1-19.1", longest=64),
    _text("visit_namespace", "PV1-19.4", longest=64, cut=True),
    _text("account_number", "PID-18.1", longest=64),
    _text("patient_class", "PV1-2.1", longest=8, cut=True),
    Row(ours="location", paths=("PV1-3.1",), kind=rows.joined, longest=80, cut=True),
    Row(ours="admitted_at", paths=("PV1-44.1",), kind=rows.tolerated_moment),
    _text("ordering_provider_id", "OBR-16.1", "ORC-12.1", longest=64),
    Row(ours="ordering_provider_name", paths=("OBR-16", "ORC-12"), kind=rows.provider_name),
    _text("referring_physician_id", "PV1-8.1", longest=64),
    Row(ours="referring_physician_name", paths=("PV1-8",), kind=rows.provider_name),
    Row(ours="institution", paths=("ORC-17.1",), kind=code, note="none: MSH-4"),
    _text("department_name", "ORC-13.9", longest=120, cut=True),
    _text("confidentiality", "ORC-28.2", "ORC-28.1", longest=64, cut=True, note="from v2.5"),
    _text("vip", "PV1-16.1", longest=64, cut=True),
    Row(ours="pregnancy_status", paths=("PV1-15",), kind=pregnancy),
    Row(ours="allergies", paths=("AL1-3", "IAM-3"), kind=allergies),
    Row(ours="diagnoses", paths=("DG1-3.2", "DG1-4.1", "DG1-3.1"), kind=lines),
    _text("sending_application", "MSH-3.1", longest=180, cut=True),
    _text("sending_facility", "MSH-4.1", longest=180, cut=True),
    Row(ours="event_at", paths=("ORC-9.1", "MSH-7.1"), kind=rows.tolerated_moment),
)
"""Read from the message's patient part and one ORC group together."""

PATIENT_PART: Final = (Row(ours="patient_comments", paths=("NTE-3.1",), kind=lines),)
"""Read from what stands before the first ORC: notes there are of the patient."""

OWN_PART: Final = (Row(ours="comments", paths=("NTE-3.1",), kind=lines),)
"""Read from the ORC group alone: notes there are of the request."""

STEP: Final = (
    _text("scheduled_procedure_step_id", "IPC-4.1", "OBR-20.1", longest=16),
    _text(
        "station_ae_title",
        "IPC-9.1",
        longest=16,
        note="none: the hub chooses a station for the procedure",
    ),
    Row(ours="more_station_ae_titles", paths=("IPC-9",), kind=more_titles),
    _text("station_name", "IPC-7.2", "IPC-7.1", longest=64, cut=True),
    _text("station_location", "IPC-8.2", "IPC-8.1", longest=64, cut=True),
    Row(ours="modality", paths=("IPC-5.1", "OBR-24.1"), kind=rows.modality, table="0074"),
    Row(
        ours="start",
        paths=("TQ1-7.1", "ORC-7.4", "OBR-27.4", "OBR-36.1"),
        kind=rows.moment,
        note="none: the step waits for a time; never taken to be now",
    ),
    _text("description", "IPC-6.2", "OBR-4.5", "OBR-44.2", "OBR-4.2", longest=120, cut=True),
    Row(ours="protocol", paths=("IPC-6.1", "OBR-4.4"), kind=code),
    Row(ours="more_protocols", paths=("IPC-6",), kind=more_codes),
    Row(ours="performing_physician_name", paths=("OBR-34",), kind=rows.interpreter_name),
)

IDENTIFYING: Final = frozenset(
    {
        "placer_order_number",
        "filler_order_number",
        "accession_number",
        "requested_procedure_id",
        "study_instance_uid",
        "scheduled_procedure_step_id",
        "procedure",
        "event_at",
    }
)
"""What the null value never empties."""

REQUIRED_OF_OMI: Final = ("IPC-1", "IPC-2", "IPC-3", "IPC-4", "IPC-5")
"""What RAD-4 requires of a new order in an OMI^O23, each in every IPC."""
