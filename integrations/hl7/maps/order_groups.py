"""The orders of a message: ORC/OBR pairs of one requested procedure are one order. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any, Final

from integrations.hl7.maps import orm2order, rows
from integrations.hl7.maps.obx2clinical import clinical_facts
from integrations.hl7.maps.rows import FieldMissing, Row, SegmentMissing
from integrations.hl7.message import NULL, Path, Segment, SegmentList
from pacs_hub.kernel.errors import Malformed
from worklist.orders.rules import OrderFacts, StepFacts

_BEGIN_PRIOR: Final = frozenset({"PID", "PV1", "AL1"})


class StudiesDiffer(Malformed):
    """One requested procedure names two Study Instance UIDs."""

    code = "study-instance-uids-differ"


@dataclasses.dataclass(frozen=True)
class Doubt:
    """Something that was not taken as it was sent: what, where, and the condition (0357)."""

    text: str
    field: str = ""
    condition: str = "0"


@dataclasses.dataclass(frozen=True)
class OrderGroup:
    """One requested procedure of a message: what is asked (ORC-1, ORC-5) and the facts."""

    control: str
    status: str
    facts: OrderFacts
    doubts: tuple[Doubt, ...] = ()


def order_groups(
    message: SegmentList, *, zone: tzinfo, filler_is_accession: bool = False
) -> list[OrderGroup]:
    """Return the orders of a message, in their order; those of the patient's past are left out.

    `filler_is_accession`: a filler number that can be one is the accession number where none is
    sent.

    Raises:
        SegmentMissing: there is no ORC.
        FieldMissing: an order has neither a placer nor a filler number nor an accession number.
        BadUid, BadAccessionNumber, BadTime, TooLong: a value cannot be used.
        StudiesDiffer: a requested procedure names two studies.
    """
    parts = message.groups("ORC")
    if not parts:
        raise SegmentMissing("there is no ORC segment", field="ORC")
    common = _common(message)
    of_patient = rows.read(
        orm2order.PATIENT_PART, SegmentList(common, message.separators), zone=zone
    )
    merged: list[OrderGroup] = []
    for part in _of_today(parts):
        group = _group(common, part, of_patient, zone=zone)
        if filler_is_accession:
            group = _numbered_by_filler(group)
        if merged and _same_procedure(merged[-1], group):
            merged[-1] = _joined(merged[-1], group)
        else:
            merged.append(group)
    return _with_only_study(merged, message, zone)


def require_procedure(facts: OrderFacts) -> None:
    """Check that a new order says what is to be done.

    Raises:
        FieldMissing: OBR-4 and OBR-44 are empty.
    """
    if facts.procedure is None:
        raise FieldMissing("OBR-4 is empty", field="OBR-4")


def require_omi(message: SegmentList) -> None:
    """Check what an OMI^O23 must bring of each step (RAD-4).

    Raises:
        SegmentMissing, FieldMissing: it does not.
    """
    rows.require(message, "IPC")
    for number, ipc in enumerate(message.all("IPC"), 1):
        for path in orm2order.REQUIRED_OF_OMI:
            if not ipc.value(Path.of(path)):
                place = f"IPC({number})-{path.partition('-')[2]}"
                raise FieldMissing(f"{path} is empty", field=place)


def _common(message: SegmentList) -> list[Segment]:
    first = next(n for n, s in enumerate(message.segments) if s.name == "ORC")
    return list(message.segments[:first])


def _of_today(parts: Sequence[SegmentList]) -> Iterable[SegmentList]:
    """Leave out what a patient part within the orders begins: an order of the past (OMG, OMI)."""
    past = False
    for part in parts:
        if not past:
            kept = [s.name for s in part.segments]
            end = next((n for n, name in enumerate(kept) if name in _BEGIN_PRIOR), len(kept))
            yield SegmentList(part.segments[:end], part.separators)
        past = any(s.name in _BEGIN_PRIOR for s in part.segments)


def _group(
    common: list[Segment], part: SegmentList, of_patient: dict[str, Any], *, zone: tzinfo
) -> OrderGroup:
    whole = SegmentList([*common, *part.segments], part.separators)
    said = rows.read(orm2order.ORDER, whole, zone=zone)
    said |= of_patient | rows.read(orm2order.OWN_PART, _before_results(part), zone=zone)
    clinical = clinical_facts(whole)
    history = (said.get("clinical_information", ""), clinical.facts.pop("clinical_information", ""))
    said |= clinical.facts
    if any(history):
        said["clinical_information"] = "\n".join(filter(None, history))
    cleared, kept = _nulls(orm2order.ORDER, whole)
    facts = OrderFacts(**said, steps=tuple(_steps(whole, zone)), cleared=cleared)
    if not any((facts.placer_order_number, facts.filler_order_number, facts.accession_number)):
        raise FieldMissing("ORC-2 and ORC-3 are empty", field="ORC-2")
    doubts = (
        *(Doubt(text, "OBX-5") for text in clinical.doubts),
        *(Doubt(f"{path} is never emptied", path) for path in kept),
    )
    return OrderGroup(part.get("ORC-1"), part.get("ORC-5"), facts, doubts)


def _numbered_by_filler(group: OrderGroup) -> OrderGroup:
    number = group.facts.filler_order_number
    if group.facts.accession_number or not orm2order.is_accession_number(number):
        return group
    facts = dataclasses.replace(group.facts, accession_number=number)
    return dataclasses.replace(group, facts=facts)


def _before_results(part: SegmentList) -> SegmentList:
    """Return the group up to its first OBX: notes after one are about that observation."""
    end = next((n for n, s in enumerate(part.segments) if s.name == "OBX"), len(part.segments))
    return SegmentList(part.segments[:end], part.separators)


def _nulls(map_rows: Iterable[Row], segments: SegmentList) -> tuple[frozenset[str], list[str]]:
    """Return what the sender empties with the null value, and where it may not."""
    if not any(NULL in segment.text for segment in segments.segments):
        return frozenset(), []
    cleared: set[str] = set()
    kept: list[str] = []
    for row in map_rows:
        path = next((path for path in row.paths if segments.get(path) == NULL), "")
        if path and row.ours in orm2order.IDENTIFYING:
            kept.append(path)
        elif path:
            cleared.add(row.ours)
    return frozenset(cleared), kept


def _steps(part: SegmentList, zone: tzinfo) -> Iterable[StepFacts]:
    ipcs = part.all("IPC")
    rest = [s for s in part.segments if s.name != "IPC"]
    if len({ipc.value(Path.of("IPC-3")) for ipc in ipcs}) > 1:
        raise StudiesDiffer("the IPC segments name different studies", field="IPC-3")
    for own in [[*rest, ipc] for ipc in ipcs] or [rest]:
        segments = SegmentList(own, part.separators)
        cleared, _ = _nulls(orm2order.STEP, segments)
        yield StepFacts(**rows.read(orm2order.STEP, segments, zone=zone), cleared=cleared)


def _with_only_study(
    merged: list[OrderGroup], message: SegmentList, zone: tzinfo
) -> list[OrderGroup]:
    """Give the only ZDS of a message to its only order, wherever it stands."""
    if len(merged) == 1 and len(message.all("ZDS")) == 1:
        facts = merged[0].facts
        if not facts.study_instance_uid:
            study = orm2order.uid(message, "ZDS-1.1", zone)
            facts = dataclasses.replace(facts, study_instance_uid=study)
            return [dataclasses.replace(merged[0], facts=facts)]
    return merged


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
    steps = list(one.facts.steps)
    for step in other.facts.steps:
        number = next((n for n, known in enumerate(steps) if _same_step(known, step)), None)
        if number is None:
            steps.append(step)
        else:  # one more protocol code of the same step
            steps[number] = _with_protocols(steps[number], step)
    facts = dataclasses.replace(one.facts, study_instance_uid=a or b, steps=tuple(steps))
    return dataclasses.replace(one, facts=facts, doubts=(*one.doubts, *other.doubts))


def _same_step(one: StepFacts, other: StepFacts) -> bool:
    step_id = one.scheduled_procedure_step_id
    return bool(step_id) and step_id == other.scheduled_procedure_step_id


def _with_protocols(step: StepFacts, other: StepFacts) -> StepFacts:
    known = [step.protocol, *step.more_protocols]
    news = [c for c in (other.protocol, *other.more_protocols) if c is not None and c not in known]
    if step.protocol is None:
        return dataclasses.replace(step, protocol=news[0] if news else None)
    return dataclasses.replace(step, more_protocols=(*step.more_protocols, *news))
