"""A step as the response to a worklist query (PS3.4 K.6.1.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.sequence import Sequence

from archive.dicom import charset
from worklist.mwl.attributes import EMPTY, PATIENT, REQUEST, STEP, Item, Source
from worklist.mwl.filters import shown_patient
from worklist.mwl.keys import STEP_SEQUENCE
from worklist.scheduling.models import ScheduledProcedureStep
from worklist.visits.models import Visit

ROOT: Final[dict[str, Source]] = {**PATIENT, **REQUEST}
_TEXT_VRS: Final = frozenset({"PN", "LO", "SH", "LT", "ST", "UT", "UC"})
_NOT_KEYS: Final = frozenset({"SpecificCharacterSet"})


def item_of(
    step: ScheduledProcedureStep,
    *,
    zone: ZoneInfo,
    with_other_ids: bool = False,
    visit: Visit | None = None,
) -> Item:
    """Gather what a response is made of."""
    procedure = step.requested_procedure
    shown = (getattr(step, "shown_patient_id", None), getattr(step, "shown_issuer", None))
    rows = list(shown_patient(step).identifiers.all()) if with_other_ids else []
    others = tuple(
        (row.value, row.issuer)
        for row in rows
        if not row.retired_at and (row.value, row.issuer) != shown
    )
    issuers = (row for row in rows if (row.value, row.issuer) == shown)
    return Item(
        step=step,
        procedure=procedure,
        order=procedure.order,
        patient=shown_patient(step),
        patient_id=shown[0] or "",
        issuer_of_patient_id=shown[1] or "",
        zone=zone,
        other_ids=others,
        shown_as=next(issuers, None),
        visit=visit,
    )


def asks_for_other_ids(identifier: Dataset) -> bool:
    """Say whether more is asked for than the identifier and its issuer."""
    asked = ("OtherPatientIDsSequence", "IssuerOfPatientIDQualifiersSequence")
    return any(keyword in identifier for keyword in asked)


def response_to(identifier: Dataset, item: Item, *, character_set: str) -> Dataset:
    """Return the attributes the identifier asks for, in one character set that can say them."""
    answer = _answered(identifier, ROOT, item)
    if STEP_SEQUENCE in identifier:
        items = identifier[STEP_SEQUENCE].value or [Dataset()]
        answer.ScheduledProcedureStepSequence = Sequence([_step(items[0], item)])
    chosen = charset.choose(_texts(answer), preferred=character_set)
    if chosen:
        answer.SpecificCharacterSet = chosen.split("\\") if "\\" in chosen else chosen
    return answer


def asks_for_unknown(identifier: Dataset) -> bool:
    """Say whether a key is asked for that we do not support at all (status FF01)."""
    items = identifier.get(STEP_SEQUENCE) or []
    known_at_root = ROOT.keys() | STEP.keys() | EMPTY | {STEP_SEQUENCE}
    return any(_unknown(identifier, known_at_root)) or any(
        any(_unknown(item, STEP.keys() | EMPTY)) for item in items[:1]
    )


def _step(keys: Dataset, item: Item) -> Dataset:
    """Answer the step's keys; an empty item asks for all of them."""
    if len(keys):
        return _answered(keys, STEP, item)
    answer = Dataset()
    for keyword, source in STEP.items():
        setattr(answer, keyword, source(item))
    return answer


def _answered(keys: Dataset, table: Mapping[str, Source], item: Item) -> Dataset:
    answer = Dataset()
    for key in _keys(keys):
        keyword = key.keyword
        if keyword == STEP_SEQUENCE:
            continue
        source = table.get(keyword) or STEP.get(keyword)
        if source is not None:
            setattr(answer, keyword, source(item))
        else:
            answer.add(DataElement(key.tag, key.VR, [] if key.VR == "SQ" else None))
    return answer


def _keys(keys: Dataset) -> Iterator[DataElement]:
    for key in keys:
        if key.tag.element and not key.tag.is_private and key.keyword not in _NOT_KEYS:
            yield key


def _unknown(keys: Dataset, known: frozenset[str] | set[str]) -> Iterator[bool]:
    for key in _keys(keys):
        yield tag_for_keyword(key.keyword) is None or key.keyword not in known


def _texts(answer: Dataset) -> Iterator[str]:
    for element in answer.iterall():
        if element.VR in _TEXT_VRS and element.value:
            yield str(element.value)
