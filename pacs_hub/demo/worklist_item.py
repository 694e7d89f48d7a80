"""One line of a modality's worklist, and the query that asks for it (PS3.4 K.6.1.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid


@dataclass(frozen=True, kw_only=True)
class WorklistItem:
    """What a technologist sees of one patient and one step; texts as the hub answered them."""

    patient_name: str
    patient_id: str
    issuer_of_patient_id: str
    patient_birth_date: str
    patient_sex: str
    study_instance_uid: str
    accession_number: str
    requested_procedure_id: str
    procedure_code: str
    procedure_scheme: str
    procedure_name: str
    modality: str
    scheduled_procedure_step_id: str = ""
    start: datetime | None = None
    referring_physician_name: str = ""
    placer_order_number: str = ""


def query(*, station_ae_title: str, day: datetime) -> Dataset:
    """Ask for the steps of one station on one day."""
    step = Dataset()
    step.ScheduledStationAETitle = station_ae_title
    step.ScheduledProcedureStepStartDate = f"{day:%Y%m%d}"
    for keyword in ("ScheduledProcedureStepStartTime", "Modality", "ScheduledProcedureStepID",
                    "ScheduledProcedureStepDescription", "ScheduledPerformingPhysicianName",
                    "ScheduledStationName", "ScheduledProcedureStepStatus"):  # fmt: skip
        setattr(step, keyword, "")
    step.ScheduledProtocolCodeSequence = Sequence([])
    asked = Dataset()
    asked.SpecificCharacterSet = "ISO_IR 192"
    for keyword in ("PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate",
                    "PatientSex", "StudyInstanceUID", "AccessionNumber", "RequestedProcedureID",
                    "RequestedProcedureDescription", "ReferringPhysicianName",
                    "PlacerOrderNumberImagingServiceRequest"):  # fmt: skip
        setattr(asked, keyword, "")
    asked.RequestedProcedureCodeSequence = Sequence([])
    asked.ScheduledProcedureStepSequence = Sequence([step])
    return asked


def read(answer: Dataset, *, zone: ZoneInfo) -> WorklistItem:
    """Read one answer; an answer without a step or a study is a `ValueError`."""
    steps = answer.get("ScheduledProcedureStepSequence")
    if not steps or not answer.get("StudyInstanceUID"):
        raise ValueError("the worklist answer has no step or no study")
    step = steps[0]
    codes = answer.get("RequestedProcedureCodeSequence") or [Dataset()]
    return WorklistItem(
        patient_name=str(answer.get("PatientName", "")),
        patient_id=str(answer.get("PatientID", "")),
        issuer_of_patient_id=str(answer.get("IssuerOfPatientID", "") or ""),
        patient_birth_date=str(answer.get("PatientBirthDate", "") or ""),
        patient_sex=str(answer.get("PatientSex", "") or ""),
        study_instance_uid=str(answer.StudyInstanceUID),
        accession_number=str(answer.get("AccessionNumber", "") or ""),
        requested_procedure_id=str(answer.get("RequestedProcedureID", "") or ""),
        procedure_code=str(codes[0].get("CodeValue", "")),
        procedure_scheme=str(codes[0].get("CodingSchemeDesignator", "")),
        procedure_name=str(answer.get("RequestedProcedureDescription", "") or ""),
        modality=str(step.get("Modality", "")),
        scheduled_procedure_step_id=str(step.get("ScheduledProcedureStepID", "") or ""),
        start=_start(step, zone=zone),
        referring_physician_name=str(answer.get("ReferringPhysicianName", "") or ""),
        placer_order_number=str(answer.get("PlacerOrderNumberImagingServiceRequest", "") or ""),
    )


def fresh_uid() -> str:
    """Return a UID of our own (PS3.5 B.2)."""
    return str(generate_uid(prefix=None))


def _start(step: Dataset, *, zone: ZoneInfo) -> datetime | None:
    day = str(step.get("ScheduledProcedureStepStartDate", "") or "")
    time = str(step.get("ScheduledProcedureStepStartTime", "") or "")[:6].ljust(6, "0")
    try:
        return datetime.strptime(day + time, "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError:
        return None
