"""Read the facts the index needs from an object's header; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple

from pydicom import Dataset
from pydicom.multival import MultiValue
from pydicom.valuerep import DA, TM

from archive.storage.layout import checked_uid
from pacs_hub.kernel.errors import Malformed

Header = Dataset | Mapping[str, Any]
"""An object's header: read whole, or its values as text by keyword."""


class MissingIdentity(Malformed):
    """The object does not say which instance, series or study it is."""

    code = "missing-identity"


class ClassMismatch(Malformed):
    """The command and the data set name different SOP classes or instances (PS3.4 B.2.3)."""

    code = "class-mismatch"


class InstanceFacts(NamedTuple):
    """What is indexed of one object that joins a series which is known already."""

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    instance_number: int | None
    rows: int | None
    columns: int | None
    bits_allocated: int | None
    number_of_frames: int


@dataclass(frozen=True, kw_only=True)
class ObjectFacts:
    """What an object says of its study and series, trimmed to the columns; text as Unicode."""

    study_instance_uid: str
    series_instance_uid: str
    patient_id: str
    issuer_of_patient_id: str
    patient_name: str
    birth_date: date | None
    sex: str
    accession_number: str
    study_id: str
    study_date: date | None
    study_time: time | None
    study_description: str
    referring_physician_name: str
    modality: str
    series_number: int | None
    series_date: date | None
    series_time: time | None
    series_description: str
    body_part: str
    laterality: str
    station_name: str
    performed_step_uid: str


def instance_facts(header: Header) -> InstanceFacts:
    """Read which object this is; what is odd but not identity is left out, never refused.

    Raises:
        MissingIdentity: a UID that says which object it is is absent.
        BadUid: one of them is not a UID.
    """
    return InstanceFacts(
        study_instance_uid=_uid(header, "StudyInstanceUID"),
        series_instance_uid=_uid(header, "SeriesInstanceUID"),
        sop_instance_uid=_uid(header, "SOPInstanceUID"),
        sop_class_uid=_uid(header, "SOPClassUID"),
        instance_number=_number(header, "InstanceNumber"),
        rows=_positive(header, "Rows"),
        columns=_positive(header, "Columns"),
        bits_allocated=_positive(header, "BitsAllocated"),
        number_of_frames=_positive(header, "NumberOfFrames") or 1,
    )


def facts_of(header: Header) -> ObjectFacts:
    """Read what an object says of its study and series; what is odd is left out, never refused.

    Raises:
        MissingIdentity: the UID of its study or series is absent.
        BadUid: one of them is not a UID.
    """
    return ObjectFacts(
        study_instance_uid=_uid(header, "StudyInstanceUID"),
        series_instance_uid=_uid(header, "SeriesInstanceUID"),
        patient_id=text_of(header, "PatientID", 64),
        issuer_of_patient_id=text_of(header, "IssuerOfPatientID", 64),
        patient_name=text_of(header, "PatientName", 324),
        birth_date=_date(header, "PatientBirthDate"),
        sex=text_of(header, "PatientSex", 16),
        accession_number=text_of(header, "AccessionNumber", 16),
        study_id=text_of(header, "StudyID", 16),
        study_date=_date(header, "StudyDate"),
        study_time=_time(header, "StudyTime"),
        study_description=text_of(header, "StudyDescription", 64),
        referring_physician_name=text_of(header, "ReferringPhysicianName", 324),
        modality=text_of(header, "Modality", 16),
        series_number=_number(header, "SeriesNumber"),
        series_date=_date(header, "SeriesDate"),
        series_time=_time(header, "SeriesTime"),
        series_description=text_of(header, "SeriesDescription", 64),
        body_part=text_of(header, "BodyPartExamined", 16),
        laterality=text_of(header, "Laterality", 16),
        station_name=text_of(header, "StationName", 16),
        performed_step_uid=_performed_step(header),
    )


def check_command(facts: InstanceFacts, *, sop_class_uid: str, sop_instance_uid: str) -> None:
    """Refuse an object that is not the one its C-STORE command announced.

    Raises:
        ClassMismatch: they differ.
    """
    if (facts.sop_class_uid, facts.sop_instance_uid) != (sop_class_uid, sop_instance_uid):
        raise ClassMismatch("the data set is not the object that the command announced")


def text_of(header: Header, keyword: str, length: int) -> str:
    """Return a value as text without padding, at most `length` characters; "" for what is odd."""
    value = header.get(keyword)
    if value is None:
        return ""
    if isinstance(value, str) and "\x00" not in value:
        return value.strip(" ")[:length]
    if isinstance(value, MultiValue):
        value = "\\".join(str(part) for part in value)
    return str(value).strip("\x00 ").replace("\x00", "")[:length]


def _uid(header: Header, keyword: str) -> str:
    value = text_of(header, keyword, 200)
    if not value:
        raise MissingIdentity(f"{keyword} is missing", field=keyword)
    return checked_uid(value, field=keyword)


def _date(header: Header, keyword: str) -> date | None:
    try:
        value = DA(text_of(header, keyword, 10).replace(".", ""))
    except ValueError:
        return None
    return date(value.year, value.month, value.day) if value else None


def _time(header: Header, keyword: str) -> time | None:
    try:
        value = TM(text_of(header, keyword, 16).replace(":", ""))
    except ValueError:
        return None
    return time(value.hour, value.minute, value.second, value.microsecond) if value else None


def _number(header: Header, keyword: str) -> int | None:
    text = text_of(header, keyword, 16)
    try:
        value = int(text) if text else None
    except ValueError:
        return None
    if value is None:
        return None
    return value if abs(value) < 2**62 else None


def _positive(header: Header, keyword: str) -> int | None:
    value = _number(header, keyword)
    return value if value is not None and 0 < value < 2**31 else None


def _performed_step(header: Header) -> str:
    items = header.get("ReferencedPerformedProcedureStepSequence") or []
    return text_of(items[0], "ReferencedSOPInstanceUID", 64) if items else ""
