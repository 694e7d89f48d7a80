"""C-FIND on what the archive holds: Study Root and Patient Root, hierarchical (PS3.4 C.4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from pydicom import Dataset
from pydicom.dataelem import DataElement

from archive.dicom import charset, encoding
from archive.dicom.status_codes import Status
from archive.dimse.statuses import find_failure
from archive.index.identifiers import identifier as attributes_of
from archive.index.keys import (
    MATCHING_KEYS,
    SERIES_INSTANCE_UID,
    STUDY_INSTANCE_UID,
    Level,
    Match,
    match_of,
)
from archive.index.queries import Row, Search, find
from archive.upper_layer.messages import Caller, Operation, Request, Response
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import Malformed
from pacs_hub.kernel.origin import Origin

LEVELS: Final = {
    "PATIENT": Level.STUDY,
    "STUDY": Level.STUDY,
    "SERIES": Level.SERIES,
    "IMAGE": Level.INSTANCE,
}
ABOVE: Final = {
    "PATIENT": (),
    "STUDY": (),
    "SERIES": (STUDY_INSTANCE_UID,),
    "IMAGE": (STUDY_INSTANCE_UID, SERIES_INSTANCE_UID),
}
ROW_CAP: Final = 10_000
PAGE: Final = 200
_NOT_KEYS: Final = frozenset({"QueryRetrieveLevel", "SpecificCharacterSet"})
_TEXT_VRS: Final = frozenset({"PN", "LO", "SH"})


class BadLevel(Malformed):
    """The query names no level, or not what lies above it."""

    code = "bad-level"


def on_c_find(request: Request) -> Iterator[Response]:
    """Answer with what matches, one response each."""
    caller = request.caller
    query = encoding.decode(request.data_set(), transfer_syntax=request.transfer_syntax)
    level, matches = _read(query)
    audit.record(
        action="query",
        object_type="study",
        object_id=caller.calling_ae,
        origin=Origin.over_dimse(calling_ae=caller.calling_ae, address=caller.address),
        detail=f"{level.lower()} level",
    )
    search = Search(level=LEVELS[level], matches=matches, principal=None)
    for row in islice(_rows(search, by_patient=level == "PATIENT"), ROW_CAP):
        answer, complete = _answer(query, row, caller)
        data = encoding.encode(answer, transfer_syntax=request.transfer_syntax)
        status = Status.PENDING if complete else Status.PENDING_KEYS_UNSUPPORTED
        yield Response(status=status, data_set=data)
    yield Response(status=Status.SUCCESS)


def _read(query: Dataset) -> tuple[str, dict[int, Match]]:
    """Return the level and the keys to match on.

    Raises:
        BadLevel: there is no such level, or a unique key above it is missing.
    """
    level = str(query.get("QueryRetrieveLevel") or "").strip()
    if level not in LEVELS:
        raise BadLevel("the query has no level", field="QueryRetrieveLevel")
    for tag in ABOVE[level]:
        if tag not in query or not query[tag].value:
            keyword = MATCHING_KEYS[tag].keyword
            raise BadLevel(f"at this level {keyword} is needed", field=keyword)
    matches: dict[int, Match] = {}
    for element in query:
        key = MATCHING_KEYS.get(element.tag)
        if key is not None and not element.is_empty:
            value = element.value
            many = element.VM > 1
            text = "\\".join(str(part) for part in value) if many else str(value)
            matches[int(element.tag)] = match_of(key.vr, text)
    return level, matches


def _rows(search: Search, *, by_patient: bool) -> Iterator[Row]:
    """Yield the rows page by page; at patient level the latest study of each patient."""
    seen: set[int] = set()
    for offset in range(0, ROW_CAP, PAGE):
        page = find(search, limit=PAGE, offset=offset)
        for row in page.rows:
            if not by_patient or row.study.patient_id not in seen:
                yield row
            seen.add(row.study.patient_id)
        if not page.remaining:
            return


def _answer(query: Dataset, row: Row, caller: Caller) -> tuple[Dataset, bool]:
    """Return what the query asks of the row, and whether we know all of it."""
    known = attributes_of(row, levels=Level, base_url="")
    answer, complete = Dataset(), True
    for key in query:
        if not key.tag.element or key.tag.is_private or key.keyword in _NOT_KEYS:
            continue
        name = f"{int(key.tag):08X}"
        if name in known:
            answer.update(Dataset.from_json({name: known[name]}))
        else:
            answer.add(DataElement(key.tag, key.VR, [] if key.VR == "SQ" else None))
            complete = False
    answer.QueryRetrieveLevel = query.QueryRetrieveLevel
    answer.RetrieveAETitle = caller.called_ae
    answer.InstanceAvailability = "ONLINE"
    texts = [str(e.value) for e in answer if e.VR in _TEXT_VRS and e.value]
    if chosen := charset.choose(texts, preferred=caller.character_set):
        answer.SpecificCharacterSet = chosen.split("\\") if "\\" in chosen else chosen
    return answer, complete


C_FIND = Operation(perform=on_c_find, failure=find_failure)
