"""ORC, OBR, IPC, ZDS to an order: IHE RAD-2, RAD-3, RAD-4 (v2.3.1 fields first, v2.5.1 beside)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, Final

from integrations.hl7.maps import rows
from integrations.hl7.maps.rows import FieldMissing, Row, SegmentMissing
from integrations.hl7.message import NULL, Path, SegmentList
from pacs_hub.kernel.errors import Malformed
from worklist.orders.rules import Code, OrderFacts, StepFacts, is_uid

_ACCESSION: Final = re.compile(r"[^\\*?\x00-\x1f]+")
DEFAULT_SCHEME: Final = "L"


class BadUid(Malformed):
    """A Study Instance UID is none (PS3.5 9.1)."""

    code = "bad-uid"


class BadAccessionNumber(Malformed):
    """An accession number holds a wildcard, a backslash or a control character."""

    code = "bad-accession-number"


class StudiesDiffer(Malformed):
    """One requested procedure names two Study Instance UIDs."""

    code = "study-instance-uids-differ"


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


ORDER: Final = (
    Row(ours="placer_order_number", paths=("ORC-2.1", "OBR-2.1"), kind=rows.text, longest=75),
    Row(ours="placer_namespace", paths=("ORC-2.2", "OBR-2.2"), kind=rows.text, longest=75),
    Row(ours="filler_order_number", paths=("ORC-3.1", "OBR-3.1"), kind=rows.text, longest=75),
    Row(ours="filler_namespace", paths=("ORC-3.2", "OBR-3.2"), kind=rows.text, longest=75),
    Row(
        ours="accession_number",
        paths=("IPC-1.1", "OBR-18.1"),
        kind=accession_number,
        longest=16,
        note="none: the hub issues one",
    ),
    Row(ours="requested_procedure_id", paths=("IPC-2.1", "OBR-19.1"), kind=rows.text, longest=16),
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
    Row(
        ours="reason",
        paths=("OBR-31.2", "OBR-31.1", "OBR-13.1"),
        kind=rows.text,
        longest=300,
        cut=True,
    ),
    Row(ours="visit_number", paths=("PV1-19.1",), kind=rows.text, longest=64),
    Row(ours="account_number", paths=("PID-18.1",), kind=rows.text, longest=64),
    Row(ours="patient_class", paths=("PV1-2.1",), kind=rows.text, longest=8, cut=True),
    Row(ours="location", paths=("PV1-3.1",), kind=rows.joined, longest=80, cut=True),
    Row(ours="ordering_provider_id", paths=("OBR-16.1", "ORC-12.1"), kind=rows.text, longest=64),
    Row(ours="ordering_provider_name", paths=("OBR-16", "ORC-12"), kind=rows.provider_name),
    Row(ours="referring_physician_name", paths=("PV1-8",), kind=rows.provider_name),
    Row(ours="sending_application", paths=("MSH-3.1",), kind=rows.text, longest=180, cut=True),
    Row(ours="sending_facility", paths=("MSH-4.1",), kind=rows.text, longest=180, cut=True),
    Row(ours="event_at", paths=("ORC-9.1", "MSH-7.1"), kind=rows.tolerated_moment),
)

STEP: Final = (
    Row(
        ours="scheduled_procedure_step_id",
        paths=("IPC-4.1", "OBR-20.1"),
        kind=rows.text,
        longest=16,
    ),
    Row(
        ours="station_ae_title",
        paths=("IPC-9.1",),
        kind=rows.text,
        longest=16,
        note="none: the hub chooses a station for the procedure",
    ),
    Row(ours="modality", paths=("IPC-5.1", "OBR-24.1"), kind=rows.modality, table="0074"),
    Row(
        ours="start",
        paths=("TQ1-7.1", "ORC-7.4", "OBR-27.4", "OBR-36.1"),
        kind=rows.moment,
        note="none: the step waits for a time; never taken to be now",
    ),
    Row(
        ours="description",
        paths=("IPC-6.2", "OBR-4.5", "OBR-44.2", "OBR-4.2"),
        kind=rows.text,
        longest=120,
        cut=True,
    ),
    Row(ours="protocol", paths=("IPC-6.1", "OBR-4.4"), kind=code),
    Row(ours="performing_physician_name", paths=("OBR-34",), kind=rows.interpreter_name),
)


@dataclasses.dataclass(frozen=True)
class OrderGroup:
    """One requested procedure of a message: what is asked (ORC-1, ORC-5) and the facts."""

    control: str
    status: str
    facts: OrderFacts


def order_groups(message: SegmentList, *, zone: tzinfo) -> list[OrderGroup]:
    """Return the orders of a message; ORC/OBR pairs of one requested procedure are one order.

    Raises:
        SegmentMissing: there is no ORC.
        FieldMissing: an order has neither a placer nor a filler number nor an accession number.
        BadUid, BadAccessionNumber, BadTime, TooLong: a value cannot be used.
    """
    parts = message.groups("ORC")
    if not parts:
        raise SegmentMissing("there is no ORC segment", field="ORC")
    common = _common(message)
    only_study = message.all("ZDS")[:1] if len(message.all("ZDS")) == 1 else []
    merged: list[OrderGroup] = []
    for part in parts:
        own = [*common, *part.segments]
        group = _group(SegmentList(own, message.separators), zone=zone)
        if merged and _same_procedure(merged[-1], group):
            merged[-1] = _joined(merged[-1], group)
        else:
            merged.append(group)
    if len(merged) == 1 and only_study and not merged[0].facts.study_instance_uid:
        study = uid(message, "ZDS-1.1", zone)
        facts = dataclasses.replace(merged[0].facts, study_instance_uid=study)
        merged = [dataclasses.replace(merged[0], facts=facts)]
    return merged


def require_procedure(facts: OrderFacts) -> None:
    """Check that a new order says what is to be done.

    Raises:
        FieldMissing: OBR-4 and OBR-44 are empty.
    """
    if facts.procedure is None:
        raise FieldMissing("OBR-4 is empty", field="OBR-4")


def _common(message: SegmentList) -> list[Any]:
    first = next(n for n, s in enumerate(message.segments) if s.name == "ORC")
    return list(message.segments[:first])


def _group(part: SegmentList, *, zone: tzinfo) -> OrderGroup:
    facts = OrderFacts(**rows.read(ORDER, part, zone=zone), steps=tuple(_steps(part, zone)))
    numbers = (facts.placer_order_number, facts.filler_order_number, facts.accession_number)
    if not any(numbers):
        raise FieldMissing("ORC-2 and ORC-3 are empty", field="ORC-2")
    return OrderGroup(part.get("ORC-1"), part.get("ORC-5"), facts)


def _steps(part: SegmentList, zone: tzinfo) -> Iterable[StepFacts]:
    ipcs = part.all("IPC")
    rest = [s for s in part.segments if s.name != "IPC"]
    if len({ipc.value(Path.of("IPC-3")) for ipc in ipcs}) > 1:
        raise StudiesDiffer("the IPC segments name different studies", field="IPC-3")
    for own in [[*rest, ipc] for ipc in ipcs] or [rest]:
        yield StepFacts(**rows.read(STEP, SegmentList(own, part.separators), zone=zone))


def _same_procedure(one: OrderGroup, other: OrderGroup) -> bool:
    """Say whether two ORC/OBR pairs are steps of one requested procedure (OBR-19, OBR-18)."""
    a, b = one.facts, other.facts
    return (
        (one.control, one.status) == (other.control, other.status)
        and bool(a.requested_procedure_id)
        and a.requested_procedure_id == b.requested_procedure_id
        and a.accession_number == b.accession_number
    )


def _joined(one: OrderGroup, other: OrderGroup) -> OrderGroup:
    a, b = one.facts.study_instance_uid, other.facts.study_instance_uid
    if a and b and a != b:
        raise StudiesDiffer("one requested procedure names two studies", field="ZDS-1")
    known = {s.scheduled_procedure_step_id for s in one.facts.steps} - {""}
    more = (s for s in other.facts.steps if s.scheduled_procedure_step_id not in known)
    facts = dataclasses.replace(
        one.facts, study_instance_uid=a or b, steps=(*one.facts.steps, *more)
    )
    return dataclasses.replace(one, facts=facts)
