"""Our fields to the DICOM attributes that show them: on the worklist (PS3.4 K.6.1.2.2) and, for
who and which request it is, in what leaves the archive. Rows, pure."""

from __future__ import annotations

from typing import Final

FOLLOWS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("patient", "name"): ("PatientName",),
    ("patient", "birth_date"): ("PatientBirthDate",),
    ("patient", "sex"): ("PatientSex",),
    ("patient", "birth_time"): ("PatientBirthTime",),
    ("patient", "other_names"): ("OtherPatientNames",),
    ("patient", "mother_birth_name"): ("PatientMotherBirthName",),
    ("patient", "allergies"): ("Allergies",),
    ("patient", "medical_alerts"): ("MedicalAlerts",),
    ("patient", "comments"): ("PatientComments",),
    ("patient", "survivor"): ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    ("patientidentifier", ""): ("PatientID", "IssuerOfPatientID"),
    ("patientidentifier", "value"): ("PatientID",),
    ("patientidentifier", "issuer"): ("IssuerOfPatientID",),
    ("patientidentifier", "patient"): ("PatientID",),
    ("order", "accession_number"): ("AccessionNumber",),
    ("order", "placer_order_number"): ("PlacerOrderNumberImagingServiceRequest",),
    ("order", "filler_order_number"): ("FillerOrderNumberImagingServiceRequest",),
    ("order", "priority"): ("RequestedProcedurePriority",),
    ("order", "visit_number"): ("AdmissionID",),
    ("order", "location"): ("CurrentPatientLocation",),
    ("order", "patient_class"): ("RouteOfAdmissions",),
    ("order", "admitted_at"): ("AdmittingDate", "AdmittingTime"),
    ("order", "diagnoses"): ("AdmittingDiagnosesDescription",),
    ("order", "allergies"): ("Allergies",),
    ("order", "alerts"): ("MedicalAlerts",),
    ("order", "patient_comments"): ("PatientComments",),
    ("order", "patient_weight"): ("PatientWeight",),
    ("order", "patient_size"): ("PatientSize",),
    ("order", "pregnancy_status"): ("PregnancyStatus",),
    ("order", "last_menstrual_date"): ("LastMenstrualDate",),
    ("order", "confidentiality"): ("ConfidentialityCode",),
    ("order", "vip"): ("ConfidentialityConstraintOnPatientDataDescription",),
    ("order", "institution_name"): ("InstitutionName",),
    ("order", "department_name"): ("InstitutionalDepartmentName",),
    ("visit", "number"): ("AdmissionID",),
    ("visit", "location"): ("CurrentPatientLocation",),
    ("visit", "referring_physician_name"): ("ReferringPhysicianName",),
    ("order", "ordering_provider_name"): ("RequestingPhysician",),
    ("order", "referring_physician_name"): ("ReferringPhysicianName",),
    ("requestedprocedure", "requested_procedure_id"): ("RequestedProcedureID",),
    ("requestedprocedure", "study_instance_uid"): ("StudyInstanceUID",),
    ("requestedprocedure", "description"): ("RequestedProcedureDescription",),
    ("requestedprocedure", "code"): ("RequestedProcedureCodeSequence",),
    ("requestedprocedure", "reason"): ("ReasonForTheRequestedProcedure",),
    ("requestedprocedure", "reason_code"): ("ReasonForRequestedProcedureCodeSequence",),
    ("requestedprocedure", "comments"): ("RequestedProcedureComments",),
    ("requestedprocedure", "patient_state"): ("PatientState",),
    ("requestedprocedure", "transport"): ("PatientTransportArrangements",),
    ("scheduledprocedurestep", "scheduled_procedure_step_id"): ("ScheduledProcedureStepID",),
    ("scheduledprocedurestep", "start"): (
        "ScheduledProcedureStepStartDate",
        "ScheduledProcedureStepStartTime",
    ),
    ("scheduledprocedurestep", "modality"): ("Modality",),
    ("scheduledprocedurestep", "scheduled_station_ae_title"): ("ScheduledStationAETitle",),
    ("scheduledprocedurestep", "station_name"): ("ScheduledStationName",),
    ("scheduledprocedurestep", "station_location"): ("ScheduledProcedureStepLocation",),
    ("scheduledprocedurestep", "description"): ("ScheduledProcedureStepDescription",),
    ("scheduledprocedurestep", "protocol_code"): ("ScheduledProtocolCodeSequence",),
    ("scheduledprocedurestep", "more_protocols"): ("ScheduledProtocolCodeSequence",),
    ("scheduledprocedurestep", "comments"): ("CommentsOnTheScheduledProcedureStep",),
    ("scheduledprocedurestep", "performing_physician_name"): ("ScheduledPerformingPhysicianName",),
    ("scheduledprocedurestep", "status"): ("ScheduledProcedureStepStatus",),
    ("exam", "accession_number"): ("AccessionNumber",),
    ("exam", "study_instance_uid"): ("StudyInstanceUID",),
}


def keywords(what: str, field: str) -> tuple[str, ...]:
    """Return the DICOM keywords that show this field of ours; none where DICOM does not."""
    return FOLLOWS.get((what, field), ())
