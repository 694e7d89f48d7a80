"""C-FIND on what the archive holds: Patient Root, Study Root, Patient/Study Only (PS3.4 C.4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from pydicom import Dataset
from pydicom.dataelem import DataElement

from archive.dicom import charset, encoding
from archive.dicom.json_elements import element_of
from archive.dicom.json_model import Json, tag_name
from archive.dicom.status_codes import Status
from archive.dimse.find_keys import LEVELS, Question, agreed, read_question
from archive.dimse.statuses import find_failure
from archive.index.identifiers import Details, availability, details_of
from archive.index.identifiers import identifier as attributes_of
from archive.index.keys import Level
from archive.index.queries import PAGE, Row, Search, stream
from archive.index.zones import TIMEZONE_OFFSET, in_our_zone, offset_at
from archive.upper_layer.messages import Caller, Operation, Request, Response
from pacs_hub.access import queries
from pacs_hub.audit import services as audit
from pacs_hub.kernel.origin import Origin

ROW_CAP: Final = 10_000
_SAID_BY_US: Final = frozenset(
    {"QueryRetrieveLevel", "SpecificCharacterSet", "RetrieveAETitle", "InstanceAvailability"}
)
_TEXT_VRS: Final = frozenset({"PN", "LO", "SH", "UT"})


def on_c_find(request: Request) -> Iterator[Response]:
    """Answer with what matches, one response each."""
    caller = request.caller
    query = encoding.decode(
        request.data_set(),
        transfer_syntax=request.transfer_syntax,
        character_set=caller.character_set,
    )
    options = agreed(request.extended)
    if not options.relational and _is_lenient(caller):
        options = replace(options, relational=True)
    question = read_question(query, model=request.abstract_syntax, options=options)
    audit.record(
        action="query",
        object_type="study",
        object_id=caller.calling_ae,
        origin=Origin.over_dimse(calling_ae=caller.calling_ae, address=caller.address),
        detail=f"{question.level.lower()} level",
    )
    matches = question.matches
    if question.zone is not None:
        matches = in_our_zone(matches, asked_in=question.zone, ours=ZoneInfo(caller.time_zone))
    search = Search(
        level=LEVELS[question.level],
        matches=matches,
        principal=None,
        one_interval=options.combined or question.zone is not None,
        fuzzy=options.fuzzy,
    )
    rows = stream(search, most=ROW_CAP)
    asked = [int(element.tag) for element in query]
    while page := list(islice(rows, PAGE)):
        details = details_of(page, asked=asked)
        for row in page:
            answer, complete = _answer(query, question, row, details, caller)
            data = encoding.encode(answer, transfer_syntax=request.transfer_syntax)
            status = Status.PENDING if complete else Status.PENDING_KEYS_UNSUPPORTED
            yield Response(status=status, data_set=data)
    yield Response(status=Status.SUCCESS)


def _is_lenient(caller: Caller) -> bool:
    peer = queries.dicom_peer(caller.calling_ae)
    return peer is not None and bool(peer.options.get("lenient_hierarchy"))


def _answer(
    query: Dataset, question: Question, row: Row, details: Details, caller: Caller
) -> tuple[Dataset, bool]:
    """Return what the query asks of the row, and whether we know and matched all of it."""
    level = LEVELS[question.level]
    known = attributes_of(
        row, levels=[each for each in Level if each <= level], base_url="", details=details
    )
    if TIMEZONE_OFFSET in query:
        known[tag_name(TIMEZONE_OFFSET)] = {"vr": "SH", "Value": [_offset(row, caller)]}
    answer, complete = Dataset(), not question.unmatched
    for key in query:
        if not key.tag.element or key.tag.is_private or key.keyword in _SAID_BY_US:
            continue
        said = known.get(tag_name(key.tag))
        answer.add(_told(key, said))
        complete = complete and said is not None
    answer.QueryRetrieveLevel = query.QueryRetrieveLevel
    answer.RetrieveAETitle = caller.called_ae
    if level > Level.PATIENT:
        answer.InstanceAvailability = availability(row)
    if chosen := charset.choose(_texts(answer), preferred=caller.character_set):
        answer.SpecificCharacterSet = chosen.split("\\") if "\\" in chosen else chosen
    return answer, complete


def _told(key: DataElement, said: Json | None) -> DataElement:
    """Return one attribute of the answer; of a sequence what the item of the query names."""
    if said is None:
        return DataElement(key.tag, key.VR, [] if key.VR == "SQ" else None)
    if key.VR != "SQ" or not key.value or not len(key.value[0]):
        return element_of(int(key.tag), said)
    items = []
    for known in said.get("Value", ()):
        item = Dataset()
        for wanted in key.value[0]:
            item.add(_told(wanted, known.get(tag_name(wanted.tag))))
        items.append(item)
    return DataElement(key.tag, "SQ", items)


def _texts(answer: Dataset) -> list[str]:
    return [str(e.value) for e in answer.iterall() if e.VR in _TEXT_VRS and e.value]


def _offset(row: Row, caller: Caller) -> str:
    """Return the offset of our clock when the study was made (0008,0201)."""
    day = row.study.study_date if row.study else None
    at = row.study.study_time if row.study else None
    zone = ZoneInfo(caller.time_zone)
    return offset_at(datetime.combine(day, at or time.min), zone) if day else ""


C_FIND: Final = Operation(perform=on_c_find, failure=find_failure)
