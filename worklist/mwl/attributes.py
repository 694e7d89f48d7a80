"""The attributes of a worklist item, and where their values come from (PS3.4 table K.6-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydicom import Dataset
from pydicom.uid import UID

from archive.dicom.dates import da, tm
from archive.models import Patient
from worklist.orders.models import Order, RequestedProcedure
from worklist.scheduling.models import ScheduledProcedureStep

LO_MAX: Final = 64
SH_MAX: Final = 16

STATUS_TERMS: Final[dict[str, str]] = {
    "scheduled": "SCHEDULED",
    "arrived": "ARRIVED",
    "ready": "READY",
    "in_progress": "STARTED",
}
"""Our step states as (0040,0020)."""

PRIORITIES: Final[dict[str, str]] = {
    "S": "STAT",
    "A": "HIGH",
    "P": "HIGH",
    "C": "HIGH",
    "R": "ROUTINE",
    "T": "MEDIUM",
}
"""HL7 TQ priority as (0040,1003)."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One scheduled step with everything around it; rows as the worklist query returns them."""

    step: ScheduledProcedureStep
    procedure: RequestedProcedure
    order: Order
    patient: Patient
    patient_id: str
    issuer_of_patient_id: str
    zone: ZoneInfo

    @property
    def ordered(self) -> datetime:
        """When it was ordered, in the site's own time, which is what DA and TM hold."""
        return self.order.ordered_at.astimezone(self.zone)

    @property
    def starts(self) -> datetime:
        """When it starts; date and time are type 1, so an open step shows its order's."""
        return self.step.start.astimezone(self.zone) if self.step.start else self.ordered


Source = Callable[[Item], Any]

PATIENT: Final[dict[str, Source]] = {
    "PatientName": lambda i: i.patient.name,
    "PatientID": lambda i: i.patient_id,
    "IssuerOfPatientID": lambda i: i.issuer_of_patient_id,
    "PatientBirthDate": lambda i: da(i.patient.birth_date) if i.patient.birth_date else "",
    "PatientSex": lambda i: i.patient.sex,
}

REQUEST: Final[dict[str, Source]] = {
    "AdmissionID": lambda i: i.order.visit_number,
    "CurrentPatientLocation": lambda i: shorten(" ".join(i.order.location.split("^"))),
    "ReferringPhysicianName": lambda i: i.order.referring_physician_name,
    "InstitutionName": lambda i: shorten(i.order.sending_facility),
    "AccessionNumber": lambda i: i.order.accession_number,
    "IssuerOfAccessionNumberSequence": lambda i: namespace(i.order.issuer_of_accession_number),
    "RequestingPhysician": lambda i: i.order.ordering_provider_name,
    "PlacerOrderNumberImagingServiceRequest": lambda i: i.order.placer_order_number,
    "OrderPlacerIdentifierSequence": lambda i: namespace(i.order.placer_namespace),
    "FillerOrderNumberImagingServiceRequest": lambda i: i.order.filler_order_number,
    "OrderFillerIdentifierSequence": lambda i: namespace(i.order.filler_namespace),
    "IssueDateOfImagingServiceRequest": lambda i: da(i.ordered),
    "IssueTimeOfImagingServiceRequest": lambda i: tm(i.ordered.time()),
    "RequestedProcedureID": lambda i: i.procedure.requested_procedure_id,
    "RequestedProcedureDescription": lambda i: shorten(i.procedure.description),
    "RequestedProcedureCodeSequence": lambda i: code(
        i.procedure.code, i.procedure.scheme, i.procedure.description
    ),
    "StudyInstanceUID": lambda i: UID(i.procedure.study_instance_uid),
    "ReasonForTheRequestedProcedure": lambda i: shorten(i.procedure.reason),
    "RequestedProcedurePriority": lambda i: PRIORITIES.get(i.order.priority, i.order.priority),
    "TimezoneOffsetFromUTC": lambda i: f"{i.starts:%z}",
}

STEP: Final[dict[str, Source]] = {
    "ScheduledStationAETitle": lambda i: i.step.scheduled_station_ae_title,
    "ScheduledProcedureStepStartDate": lambda i: da(i.starts),
    "ScheduledProcedureStepStartTime": lambda i: tm(i.starts.time()),
    "Modality": lambda i: i.step.modality or i.procedure.modality,
    "ScheduledPerformingPhysicianName": lambda i: i.step.performing_physician_name,
    "ScheduledProcedureStepDescription": lambda i: shorten(
        i.step.description or i.procedure.description
    ),
    "ScheduledProtocolCodeSequence": lambda i: code(
        i.step.protocol_code, i.step.protocol_scheme, i.step.protocol_meaning
    ),
    "ScheduledProcedureStepID": lambda i: i.step.scheduled_procedure_step_id,
    "ScheduledStationName": lambda i: shorten(i.step.station_name, SH_MAX),
    "ScheduledProcedureStepLocation": lambda i: shorten(i.step.station_location, SH_MAX),
    "ScheduledProcedureStepStatus": lambda i: STATUS_TERMS.get(i.step.status, ""),
}

# Return keys we know and hold nothing for: answered empty, which is an answer (type 2 and 3).
EMPTY: Final = frozenset(
    {
        "AdditionalPatientHistory",
        "AdmittingDate",
        "AdmittingDiagnosesDescription",
        "AdmittingTime",
        "Allergies",
        "CommentsOnTheScheduledProcedureStep",
        "ConfidentialityCode",
        "ConfidentialityConstraintOnPatientDataDescription",
        "InstitutionCodeSequence",
        "InstitutionalDepartmentName",
        "IssuerOfAdmissionIDSequence",
        "IssuerOfPatientIDQualifiersSequence",
        "LastMenstrualDate",
        "MedicalAlerts",
        "OtherPatientIDsSequence",
        "OtherPatientNames",
        "PatientAddress",
        "PatientBirthTime",
        "PatientComments",
        "PatientMotherBirthName",
        "PatientSexNeutered",
        "PatientSize",
        "PatientState",
        "PatientTelephoneNumbers",
        "PatientTransportArrangements",
        "PatientWeight",
        "PreMedication",
        "PregnancyStatus",
        "ReasonForRequestedProcedureCodeSequence",
        "ReferencedPatientSequence",
        "ReferencedStudySequence",
        "RequestedContrastAgent",
        "RequestedProcedureComments",
        "RequestingService",
        "RouteOfAdmissions",
        "SpecialNeeds",
    }
)


def shorten(text: str, length: int = LO_MAX) -> str:
    """Return a description that fits its VR, cut at a word; backslashes would be separators."""
    clean = " ".join(text.replace("\\", "/").split())
    if len(clean) <= length:
        return clean
    cut = clean[: length - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > length // 2 else cut) + "~"


def code(value: str, scheme: str, meaning: str) -> list[Dataset]:
    """Return a code sequence (PS3.3 8.8): one item, or none without a code."""
    if not value:
        return []
    item = Dataset()
    if len(value) <= SH_MAX:
        item.CodeValue = value
    else:
        item.LongCodeValue = value
    item.CodingSchemeDesignator = scheme or "99HIS"
    item.CodeMeaning = shorten(meaning) or value[:LO_MAX]
    return [item]


def namespace(local: str) -> list[Dataset]:
    """Return an HL7v2 hierarchic designator sequence (PS3.3 10.14) of a local name."""
    if not local:
        return []
    item = Dataset()
    item.LocalNamespaceEntityID = local
    return [item]
