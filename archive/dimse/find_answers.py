"""What a row of the index answers to a C-FIND, and its bytes (PS3.4 C.4.1.1.3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from pydicom import Dataset
from pydicom.dataelem import DataElement

from archive.dicom import charset
from archive.dicom.json_encoding import encode
from archive.dicom.json_model import Json, tag_name, text_value
from archive.dimse.find_keys import LEVELS, Question
from archive.index.identifiers import Details, availability
from archive.index.identifiers import identifier as attributes_of
from archive.index.keys import Level
from archive.index.queries import Row
from archive.index.zones import TIMEZONE_OFFSET, offset_at
from archive.upper_layer.messages import Caller

_SAID_BY_US: Final = frozenset(
    {
        "InstanceAvailability",
        "QueryRetrieveLevel",
        "RetrieveAETitle",
        "RetrieveURL",
        "SpecificCharacterSet",
    }
)
_TEXT_VRS: Final = frozenset({"LO", "SH", "UT"})
_ZONE: Final = tag_name(TIMEZONE_OFFSET)


def wanted_of(query: Dataset) -> dict[str, DataElement]:
    """Return the keys that are answered, by the name of their tag."""
    return {
        tag_name(key.tag): key
        for key in query
        if key.tag.element and not key.tag.is_private and key.keyword not in _SAID_BY_US
    }


def answer_of(
    wanted: Mapping[str, DataElement],
    question: Question,
    row: Row,
    details: Details,
    caller: Caller,
) -> tuple[Json, bool]:
    """Return what is wanted of the row, and whether we know and matched all of it."""
    level = LEVELS[question.level]
    known = attributes_of(
        row, levels=[each for each in Level if each <= level], base_url="", details=details
    )
    if _ZONE in wanted:
        known[_ZONE] = text_value("SH", [_offset(row, caller)])
    answer = {name: _told(key, known.get(name)) for name, key in wanted.items()}
    answer["00080052"] = text_value("CS", [question.level])
    answer["00080054"] = text_value("AE", [caller.called_ae])
    if level > Level.PATIENT:
        answer["00080056"] = text_value("CS", [availability(row)])
    return answer, not question.unmatched and wanted.keys() <= known.keys()


def _told(key: DataElement, said: Json | None) -> Json:
    """Return one attribute of the answer; of a sequence what the item of the query names."""
    if said is None:
        return {"vr": key.VR}
    if key.VR != "SQ" or not key.value or not len(key.value[0]):
        return said
    wanted = {tag_name(element.tag): element for element in key.value[0]}
    items = [
        {name: _told(element, known.get(name)) for name, element in wanted.items()}
        for known in said.get("Value", ())
    ]
    return {"vr": "SQ", "Value": items}


def encoded(answer: Json, *, transfer_syntax: str, preferred: str) -> bytes:
    """Return the answer in a character set that can say all of it."""
    chosen = charset.choose(_texts(answer), preferred=preferred)
    if chosen:
        answer["00080005"] = {"vr": "CS", "Value": chosen.split("\\")}
    return encode(answer, transfer_syntax=transfer_syntax, character_set=chosen)


def _texts(said: Json) -> Iterator[str]:
    for attribute in said.values():
        values = attribute.get("Value", ())
        if attribute["vr"] == "SQ":
            for item in values:
                yield from _texts(item)
        elif attribute["vr"] == "PN":
            yield from (text for value in values if value for text in value.values())
        elif attribute["vr"] in _TEXT_VRS:
            yield from (value for value in values if value)


def _offset(row: Row, caller: Caller) -> str:
    """Return the offset of our clock when the study was made (0008,0201)."""
    day = row.study.study_date if row.study else None
    at = row.study.study_time if row.study else None
    zone = ZoneInfo(caller.time_zone)
    return offset_at(datetime.combine(day, at or time.min), zone) if day else ""
