"""The attributes the index knows: level, VR, and the column each is kept in (PS3.18 10.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from pydicom.datadict import dictionary_VR, keyword_for_tag

from archive.dicom.matching import (
    AnyOf,
    BadKey,
    DateRange,
    Single,
    TimeRange,
    Universal,
    Wildcard,
    date_key,
    list_key,
    text_key,
    time_key,
)

Match = Universal | Single | Wildcard | AnyOf | DateRange | TimeRange
_LISTS: Final = frozenset({"AE", "AS", "CS"})
_NUMBERS: Final = frozenset({"IS", "UL", "US"})
_UID: Final = re.compile(r"[0-9]+(\.[0-9]+)*")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}")


class Level(IntEnum):
    """What a query is for, from the top of the tree down."""

    STUDY = 1
    SERIES = 2
    INSTANCE = 3


@dataclass(frozen=True, kw_only=True)
class Key:
    """One attribute: `column` is its field on the row of its level, "" where it is worked out."""

    tag: int
    level: Level
    column: str = ""

    @property
    def vr(self) -> str:
        """Return the VR of PS3.6."""
        return dictionary_VR(self.tag)

    @property
    def keyword(self) -> str:
        """Return the keyword of PS3.6."""
        return keyword_for_tag(self.tag)


STUDY_DATE: Final = 0x00080020
STUDY_TIME: Final = 0x00080030
MODALITIES_IN_STUDY: Final = 0x00080061
PATIENT_NAME: Final = 0x00100010
PATIENT_ID: Final = 0x00100020
STUDY_INSTANCE_UID: Final = 0x0020000D
SERIES_INSTANCE_UID: Final = 0x0020000E
SOP_INSTANCE_UID: Final = 0x00080018

# Attributes one can match on. Those of the patient belong to the study level here.
MATCHING_KEYS: Final[dict[int, Key]] = {
    key.tag: key
    for key in (
        Key(tag=STUDY_DATE, level=Level.STUDY, column="study_date"),
        Key(tag=STUDY_TIME, level=Level.STUDY, column="study_time"),
        Key(tag=0x00080050, level=Level.STUDY, column="accession_number"),
        Key(tag=MODALITIES_IN_STUDY, level=Level.STUDY),
        Key(tag=0x00080090, level=Level.STUDY, column="referring_physician_name"),
        Key(tag=0x00081030, level=Level.STUDY, column="description"),
        Key(tag=PATIENT_NAME, level=Level.STUDY, column="patient__name_search"),
        Key(tag=PATIENT_ID, level=Level.STUDY, column="patient_id_received"),
        Key(tag=0x00100021, level=Level.STUDY, column="issuer_received"),
        Key(tag=0x00100030, level=Level.STUDY, column="patient__birth_date"),
        Key(tag=0x00100040, level=Level.STUDY, column="patient__sex"),
        Key(tag=STUDY_INSTANCE_UID, level=Level.STUDY, column="study_instance_uid"),
        Key(tag=0x00200010, level=Level.STUDY, column="study_id"),
        Key(tag=0x00080021, level=Level.SERIES, column="series_date"),
        Key(tag=0x00080031, level=Level.SERIES, column="series_time"),
        Key(tag=0x00080060, level=Level.SERIES, column="modality"),
        Key(tag=0x00081010, level=Level.SERIES, column="station_name"),
        Key(tag=0x0008103E, level=Level.SERIES, column="description"),
        Key(tag=0x00180015, level=Level.SERIES, column="body_part"),
        Key(tag=SERIES_INSTANCE_UID, level=Level.SERIES, column="series_instance_uid"),
        Key(tag=0x00200011, level=Level.SERIES, column="series_number"),
        Key(tag=0x00200060, level=Level.SERIES, column="laterality"),
        Key(tag=0x00080016, level=Level.INSTANCE, column="sop_class_uid"),
        Key(tag=SOP_INSTANCE_UID, level=Level.INSTANCE, column="sop_instance_uid"),
        Key(tag=0x00200013, level=Level.INSTANCE, column="instance_number"),
        Key(tag=0x00280008, level=Level.INSTANCE, column="number_of_frames"),
        Key(tag=0x00280010, level=Level.INSTANCE, column="rows"),
        Key(tag=0x00280011, level=Level.INSTANCE, column="columns"),
        Key(tag=0x00280100, level=Level.INSTANCE, column="bits_allocated"),
    )
}


def match_of(vr: str, value: str) -> Match:
    """Return what `value` asks of an attribute of this VR; several values part at backslashes.

    Raises:
        BadKey: it is no value of that VR.
    """
    if vr == "UI":
        return _uids(list_key(value))
    if vr == "DA":
        return date_key(value)
    if vr == "TM":
        return time_key(value)
    if vr in _LISTS and "*" not in value and "?" not in value:
        return list_key(value)
    key = text_key(value)
    if vr in _NUMBERS and not isinstance(key, Universal):
        if not isinstance(key, Single) or not _NUMBER.fullmatch(key.value):
            raise BadKey("not a whole number")
        return Single(str(int(key.value)))
    return key


def _uids(key: Universal | AnyOf) -> Universal | AnyOf:
    if isinstance(key, AnyOf):
        for uid in key.values:
            if len(uid) > 64 or not _UID.fullmatch(uid):
                raise BadKey("not a UID")
    return key
