"""The attribute lists of a performed procedure step (PS3.4 F.7.2, PS3.3 C.4.13 to C.4.15)."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from pacs_hub.demo.objects.image import Exposure, Series, code, reference
from pacs_hub.demo.worklist_item import WorklistItem


@dataclass(frozen=True, kw_only=True)
class SentSeries:
    """One series and what of it the hub has, as (class, instance)."""

    series: Series
    instances: Items[tuple[str, str]]


def creation(exposure: Exposure) -> Dataset:
    """Return the N-CREATE: who, what, where, since when."""
    step = _identified(exposure.item)
    item = exposure.item
    scheduled = Dataset()
    scheduled.StudyInstanceUID = item.study_instance_uid
    scheduled.ReferencedStudySequence = Sequence([])
    scheduled.AccessionNumber = item.accession_number
    scheduled.RequestedProcedureID = item.requested_procedure_id
    scheduled.RequestedProcedureDescription = item.procedure_name[:64]
    scheduled.ScheduledProcedureStepID = item.scheduled_procedure_step_id
    scheduled.ScheduledProcedureStepDescription = item.procedure_name[:64]
    scheduled.ScheduledProtocolCodeSequence = Sequence([])
    step.ScheduledStepAttributesSequence = Sequence([scheduled])
    step.PerformedProcedureStepID = exposure.mpps_uid[-12:]
    step.PerformedStationAETitle = exposure.station_ae_title
    step.PerformedStationName = exposure.station_name[:16]
    step.PerformedLocation = "Radiology"
    step.PerformedProcedureStepStartDate = f"{exposure.started_at:%Y%m%d}"
    step.PerformedProcedureStepStartTime = f"{exposure.started_at:%H%M%S}"
    step.PerformedProcedureStepStatus = "IN PROGRESS"
    step.PerformedProcedureStepDescription = item.procedure_name[:64]
    step.PerformedProcedureTypeDescription = ""
    performed = code(
        item.procedure_code or "UNKNOWN", item.procedure_scheme or "L", item.procedure_name
    )
    step.ProcedureCodeSequence = Sequence([performed])
    step.PerformedProcedureStepEndDate = ""
    step.PerformedProcedureStepEndTime = ""
    step.Modality = item.modality
    step.StudyID = item.requested_procedure_id[:16]
    step.PerformedProtocolCodeSequence = Sequence([performed])
    step.PerformedSeriesSequence = Sequence([])
    return step


def _identified(item: WorklistItem) -> Dataset:
    step = Dataset()
    step.SpecificCharacterSet = "ISO_IR 192"
    step.PatientName = item.patient_name
    step.PatientID = item.patient_id
    if item.issuer_of_patient_id:
        step.IssuerOfPatientID = item.issuer_of_patient_id
    step.PatientBirthDate = item.patient_birth_date
    step.PatientSex = item.patient_sex
    step.ReferencedPatientSequence = Sequence([])
    return step


def end(sent: Items[SentSeries], *, at: datetime, refused: bool = False) -> Dataset:
    """Return the N-SET that ends the step; it is discontinued where the patient refused."""
    step = Dataset()
    step.SpecificCharacterSet = "ISO_IR 192"
    step.PerformedProcedureStepStatus = "DISCONTINUED" if refused else "COMPLETED"
    step.PerformedProcedureStepEndDate = f"{at:%Y%m%d}"
    step.PerformedProcedureStepEndTime = f"{at:%H%M%S}"
    if refused:
        reason = code("110505", "DCM", "Patient refused to continue procedure")
        step.PerformedProcedureStepDiscontinuationReasonCodeSequence = Sequence([reason])
    step.PerformedSeriesSequence = Sequence([_series(one) for one in sent])
    return step


def _series(sent: SentSeries) -> Dataset:
    entry = Dataset()
    entry.PerformingPhysicianName = ""
    entry.OperatorsName = "Simulated^Technologist"
    entry.ProtocolName = sent.series.protocol
    entry.SeriesInstanceUID = sent.series.series_instance_uid
    entry.SeriesDescription = sent.series.description
    entry.RetrieveAETitle = ""
    entry.ReferencedImageSequence = Sequence([reference(*one) for one in sent.instances])
    entry.ReferencedNonImageCompositeSOPInstanceSequence = Sequence([])
    return entry
