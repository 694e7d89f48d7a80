"""The keys of a worklist query, read (PS3.4 K.6.1.2.2); pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pydicom import Dataset

from archive.dicom.matching import (
    UNIVERSAL,
    AnyOf,
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

TextKey = Universal | Single | Wildcard
ListKey = Universal | AnyOf

STEP_SEQUENCE: Final = "ScheduledProcedureStepSequence"


@dataclass(frozen=True, kw_only=True)
class CodeKey:
    """A key inside a code sequence: CodeValue with CodingSchemeDesignator."""

    value: TextKey
    scheme: TextKey


@dataclass(frozen=True, kw_only=True)
class WorklistKeys:
    """Every key we match on; `UNIVERSAL` where the caller left it open."""

    patient_name: TextKey
    patient_id: TextKey
    issuer_of_patient_id: TextKey
    patient_birth_date: Universal | DateRange
    patient_sex: ListKey
    admission_id: TextKey
    accession_number: TextKey
    issuer_of_accession_number: TextKey
    placer_order_number: TextKey
    filler_order_number: TextKey
    requested_procedure_id: TextKey
    requested_procedure_code: CodeKey
    study_instance_uid: ListKey
    station_ae_title: ListKey
    start_date: Universal | DateRange
    start_time: Universal | TimeRange
    modality: ListKey
    performing_physician_name: TextKey
    step_id: TextKey
    station_name: TextKey
    station_location: TextKey
    status: ListKey
    protocol_code: CodeKey

    @property
    def names_one_exam(self) -> bool:
        """True for a "patient based" query: barcode, patient or step, whatever the day."""
        keys = (self.accession_number, self.patient_id, self.step_id)
        return any(isinstance(key, Single) for key in keys)


def read_keys(identifier: Dataset) -> WorklistKeys:
    """Read an identifier; step keys at its root (very old devices) count as the step's.

    Raises:
        BadKey: a date or time key is none.
    """
    step = _item(identifier, STEP_SEQUENCE)
    if step is None:
        step = identifier
    return WorklistKeys(
        patient_name=_text(identifier, "PatientName"),
        patient_id=_text(identifier, "PatientID"),
        issuer_of_patient_id=_text(identifier, "IssuerOfPatientID"),
        patient_birth_date=date_key(_value(identifier, "PatientBirthDate")),
        patient_sex=_list(identifier, "PatientSex"),
        admission_id=_text(identifier, "AdmissionID"),
        accession_number=_text(identifier, "AccessionNumber"),
        issuer_of_accession_number=_text(
            _item(identifier, "IssuerOfAccessionNumberSequence"), "LocalNamespaceEntityID"
        ),
        placer_order_number=_text(identifier, "PlacerOrderNumberImagingServiceRequest"),
        filler_order_number=_text(identifier, "FillerOrderNumberImagingServiceRequest"),
        requested_procedure_id=_text(identifier, "RequestedProcedureID"),
        requested_procedure_code=_code(identifier, "RequestedProcedureCodeSequence"),
        study_instance_uid=_list(identifier, "StudyInstanceUID"),
        station_ae_title=_list(step, "ScheduledStationAETitle"),
        start_date=date_key(_value(step, "ScheduledProcedureStepStartDate")),
        start_time=time_key(_value(step, "ScheduledProcedureStepStartTime")),
        modality=_list(step, "Modality"),
        performing_physician_name=_text(step, "ScheduledPerformingPhysicianName"),
        step_id=_text(step, "ScheduledProcedureStepID"),
        station_name=_text(step, "ScheduledStationName"),
        station_location=_text(step, "ScheduledProcedureStepLocation"),
        status=_list(step, "ScheduledProcedureStepStatus"),
        protocol_code=_code(step, "ScheduledProtocolCodeSequence"),
    )


def start_interval(
    dates: Universal | DateRange, times: Universal | TimeRange, *, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None] | None:
    """Return the instants (from, before) that date and time keys mean together, in UTC.

    Both ranges make one interval, from date1 time1 to date2 time2, not a band on each day.
    None: there is no date, so a time alone is such a band.
    """
    if isinstance(dates, Universal):
        return None
    hours = TimeRange(None, None) if isinstance(times, Universal) else times
    first = None if dates.first is None else _instant(dates.first, hours.first or time.min, zone)
    last = None
    if dates.last is not None:
        if hours.last is None:
            last = _instant(dates.last + timedelta(days=1), time.min, zone)
        else:
            last = _instant(dates.last, hours.last, zone) + timedelta(microseconds=1)
    return first, last


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _item(dataset: Dataset | None, keyword: str) -> Dataset | None:
    """Return the first item of a sequence; None for no item, or an empty one."""
    items = dataset.get(keyword) if dataset is not None else None
    return items[0] if items and len(items[0]) else None


def _value(dataset: Dataset | None, keyword: str) -> str:
    value = dataset.get(keyword) if dataset is not None else None
    if value is None:
        return ""
    if isinstance(value, list | tuple) or type(value).__name__ == "MultiValue":
        return "\\".join(str(part) for part in value)
    return str(value)


def _text(dataset: Dataset | None, keyword: str) -> TextKey:
    return text_key(_value(dataset, keyword))


def _list(dataset: Dataset | None, keyword: str) -> ListKey:
    return list_key(_value(dataset, keyword))


def _code(dataset: Dataset, keyword: str) -> CodeKey:
    item = _item(dataset, keyword)
    if item is None:
        return CodeKey(value=UNIVERSAL, scheme=UNIVERSAL)
    return CodeKey(value=_text(item, "CodeValue"), scheme=_text(item, "CodingSchemeDesignator"))
