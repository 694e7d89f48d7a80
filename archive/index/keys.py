"""The attributes the index knows: level, VR, and the column each is kept in (PS3.18 10.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from pydicom.datadict import dictionary_VR, keyword_for_tag

from archive.dicom.matching import (
    EMPTY,
    EMPTY_KEY,
    UNIVERSAL,
    AnyOf,
    BadKey,
    DateRange,
    Empty,
    Single,
    TimeRange,
    Universal,
    Wildcard,
    date_key,
    list_key,
    text_key,
    time_key,
)

Plain = Universal | Empty | Single | Wildcard | AnyOf | DateRange | TimeRange
# An attribute by its tag, one inside a sequence by the tags that lead to it.
Path = tuple[int, ...]

_LISTS: Final = frozenset({"AE", "AS", "CS"})
_NUMBERS: Final = frozenset({"IS", "UL", "US"})
_UID: Final = re.compile(r"[0-9]+(\.[0-9]+)*")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}")
# Beyond any use of theirs, and still far below where a database takes a question no more.
MOST_UIDS: Final = 10_000
MOST_VALUES: Final = 100
MOST_CHARACTERS: Final = 1_024


@dataclass(frozen=True)
class Several:
    """Matches what any of these matches (multiple value matching, PS3.4 C.2.2.2.8)."""

    matches: tuple[Plain, ...]


Match = Plain | Several


class Level(IntEnum):
    """What a query is for, from the top of the tree down."""

    PATIENT = 0
    STUDY = 1
    SERIES = 2
    INSTANCE = 3


@dataclass(frozen=True, kw_only=True)
class Key:
    """One attribute: `column` is its field on the row of its level, or on that of an item.

    It is "" where the attribute is matched in a way of its own.
    """

    path: Path
    level: Level
    column: str = ""

    @property
    def tag(self) -> int:
        """Return its own tag."""
        return self.path[-1]

    @property
    def vr(self) -> str:
        """Return the VR of PS3.6."""
        return dictionary_VR(self.tag)

    @property
    def keyword(self) -> str:
        """Return the keyword of PS3.6, after those of the sequences it is in."""
        return ".".join(keyword_for_tag(tag) for tag in self.path)


STUDY_DATE: Final = 0x00080020
STUDY_TIME: Final = 0x00080030
MODALITY: Final = 0x00080060
MODALITIES_IN_STUDY: Final = 0x00080061
SOP_CLASSES_IN_STUDY: Final = 0x00080062
PATIENT_NAME: Final = 0x00100010
PATIENT_ID: Final = 0x00100020
ISSUER_OF_PATIENT_ID: Final = 0x00100021
BIRTH_DATE: Final = 0x00100030
SEX: Final = 0x00100040
STUDY_INSTANCE_UID: Final = 0x0020000D
SERIES_INSTANCE_UID: Final = 0x0020000E
SOP_INSTANCE_UID: Final = 0x00080018
ISSUER_OF_ACCESSION: Final = 0x00080051
PROCEDURE_CODES: Final = 0x00081032
OTHER_PATIENT_IDS: Final = 0x00101002
REQUESTS: Final = 0x00400275
CONCEPT_NAME: Final = 0x0040A043

_CODE: Final = {0x00080100: "value", 0x00080102: "scheme", 0x00080104: "meaning"}


def _keys(level: Level, columns: dict[int, str], *, sequence: int | None = None) -> list[Key]:
    within = () if sequence is None else (sequence,)
    return [Key(path=(*within, tag), level=level, column=column) for tag, column in columns.items()]


# Attributes one can match on; at the study level also those of the patient, and so on down.
MATCHING_KEYS: Final[dict[Path, Key]] = {
    key.path: key
    for key in (
        *_keys(
            Level.PATIENT,
            {
                PATIENT_NAME: "",
                PATIENT_ID: "",
                ISSUER_OF_PATIENT_ID: "",
                BIRTH_DATE: "",
                SEX: "",
            },
        ),
        *_keys(
            Level.PATIENT, {PATIENT_ID: "", ISSUER_OF_PATIENT_ID: ""}, sequence=OTHER_PATIENT_IDS
        ),
        *_keys(
            Level.STUDY,
            {
                STUDY_DATE: "study_date",
                STUDY_TIME: "study_time",
                0x00080050: "accession_number",
                MODALITIES_IN_STUDY: "",
                SOP_CLASSES_IN_STUDY: "",
                0x00080090: "referring_physician_name",
                0x00081030: "description",
                STUDY_INSTANCE_UID: "study_instance_uid",
                0x00200010: "study_id",
                0x00380010: "admission_id",
            },
        ),
        *_keys(
            Level.STUDY,
            {
                0x00400031: "accession_issuer__0",
                0x00400032: "accession_issuer__1",
                0x00400033: "accession_issuer__2",
            },
            sequence=ISSUER_OF_ACCESSION,
        ),
        *_keys(Level.STUDY, _CODE, sequence=PROCEDURE_CODES),
        *_keys(
            Level.SERIES,
            {
                0x00080021: "series_date",
                0x00080031: "series_time",
                MODALITY: "modality",
                0x00080080: "institution_name",
                0x00081010: "station_name",
                0x0008103E: "description",
                0x00180015: "body_part",
                SERIES_INSTANCE_UID: "series_instance_uid",
                0x00200011: "series_number",
                0x00200060: "laterality",
                0x00400244: "performed_step_date",
                0x00400245: "performed_step_time",
            },
        ),
        *_keys(
            Level.SERIES,
            {0x00400009: "scheduled_procedure_step_id", 0x00401001: "requested_procedure_id"},
            sequence=REQUESTS,
        ),
        *_keys(
            Level.INSTANCE,
            {
                0x00080016: "sop_class_uid",
                SOP_INSTANCE_UID: "sop_instance_uid",
                0x00080023: "content_date",
                0x00080033: "content_time",
                0x00083002: "transfer_syntax_uid",
                0x00200013: "instance_number",
                0x00280008: "number_of_frames",
                0x00280010: "rows",
                0x00280011: "columns",
                0x00280100: "bits_allocated",
                0x0040A491: "completion_flag",
                0x0040A493: "verification_flag",
            },
        ),
        *_keys(
            Level.INSTANCE,
            {tag: f"concept_name__{place}" for place, tag in enumerate(_CODE)},
            sequence=CONCEPT_NAME,
        ),
    )
}


def match_of(vr: str, value: str, *, empty: bool = False, several: bool = False) -> Match:
    """Return what `value` asks of an attribute of this VR; several values part at backslashes.

    `empty` and `several` say that empty value and multiple value matching were agreed on.

    Raises:
        BadKey: it is no value of that VR.
    """
    if several and "\\" in value and vr != "UI":
        if value.count("\\") >= MOST_VALUES:
            raise BadKey("there are too many values")
        parts = tuple(_plain(vr, part, empty) for part in value.split("\\"))
        return UNIVERSAL if UNIVERSAL in parts else Several(parts)
    return _plain(vr, value, empty)


def _plain(vr: str, value: str, empty: bool) -> Plain:
    if empty and value.strip() == EMPTY_KEY:
        return EMPTY
    if vr == "UI":
        return _uids(list_key(value))
    if len(value) > MOST_CHARACTERS:
        raise BadKey("it is too long")
    if "\0" in value.strip(" \0"):
        raise BadKey("there is a NUL in it")
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
        if len(key.values) > MOST_UIDS:
            raise BadKey("there are too many UIDs")
        for uid in key.values:
            if len(uid) > 64 or not _UID.fullmatch(uid):
                raise BadKey("not a UID")
    return key
