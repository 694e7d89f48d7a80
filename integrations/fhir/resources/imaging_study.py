"""ImagingStudy, and the Endpoint its objects are retrieved from."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from archive.models import Instance, Series, Study
from integrations.fhir.resources.service_request import accession, procedure_code, subject
from integrations.fhir.resources.terms import (
    DCM,
    DICOM_UID,
    Context,
    Resource,
    coding,
    concept,
    instant,
    readable_name,
    reference,
    without_empty,
)
from worklist.models import Exam

ENDPOINT_ID: Final = "wado-rs"
STATUS_OF: Final[dict[str, str]] = {"receiving": "registered", "received": "available"}
_CONNECTION_TYPE: Final = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type"
_PAYLOAD_TYPE: Final = "http://terminology.hl7.org/CodeSystem/endpoint-payload-type"


def to_fhir(study: Study, context: Context) -> Resource:
    """Return a study that is linked to its exam, its series and instances counted now."""
    exam = exam_of(study)
    series = [_series(each, context) for each in study.series.all()]
    return without_empty(
        {
            "resourceType": "ImagingStudy",
            "id": str(study.pk),
            "meta": {"lastUpdated": instant(_last_updated(study))},
            "identifier": [
                {
                    "use": "official",
                    "system": DICOM_UID,
                    "value": f"urn:oid:{study.study_instance_uid}",
                },
                *([number] if (number := accession(exam)) else []),
            ],
            "status": STATUS_OF[study.state],
            "modality": [coding(DCM, name) for name in _modalities(study)],
            "subject": subject(exam),
            "started": context.moment(study.study_date, study.study_time),
            "basedOn": [reference("ServiceRequest", exam.pk)],
            "referrer": _referrer(study),
            "endpoint": [reference("Endpoint", ENDPOINT_ID)],
            "numberOfSeries": len(series),
            "numberOfInstances": sum(each["numberOfInstances"] for each in series),
            "procedureCode": [procedure_code(exam)],
            "description": study.description,
            "series": series,
        }
    )


def exam_of(study: Study) -> Exam:
    """Return the exam a linked study belongs to."""
    exam: Exam | None = study.match.exam
    if exam is None:
        raise ValueError("the study is not linked")
    return exam


def _last_updated(study: Study) -> datetime:
    moments = (study.last_received_at, study.settled_at, study.match.decided_at)
    return max(moment for moment in moments if moment is not None)


def endpoint(context: Context) -> Resource:
    """Return where DICOMweb is; clients append /studies/... to the address."""
    return {
        "resourceType": "Endpoint",
        "id": ENDPOINT_ID,
        "status": "active",
        "connectionType": coding(_CONNECTION_TYPE, "dicom-wado-rs", "DICOM WADO-RS"),
        "name": "DICOMweb",
        "payloadType": [concept(coding(_PAYLOAD_TYPE, "any", "Any"))],
        "payloadMimeType": ["application/dicom"],
        "address": f"{context.public_url}/dicom-web",
    }


def _modalities(study: Study) -> list[str]:
    return sorted({series.modality for series in study.series.all() if series.modality})


def _referrer(study: Study) -> Resource:
    return without_empty({"display": readable_name(study.referring_physician_name)})


def _series(series: Series, context: Context) -> Resource:
    instances = [_instance(each) for each in series.instances.all()]
    return without_empty(
        {
            "uid": series.series_instance_uid,
            "number": _unsigned(series.series_number),
            "modality": coding(DCM, series.modality or "OT"),
            "description": series.description,
            "numberOfInstances": len(instances),
            "endpoint": [reference("Endpoint", ENDPOINT_ID)],
            "bodySite": without_empty({"display": series.body_part}),
            "started": context.moment(series.series_date, series.series_time),
            "instance": instances,
        }
    )


def _instance(instance: Instance) -> Resource:
    return without_empty(
        {
            "uid": instance.sop_instance_uid,
            "sopClass": coding("urn:ietf:rfc:3986", f"urn:oid:{instance.sop_class_uid}"),
            "number": _unsigned(instance.instance_number),
        }
    )


def _unsigned(number: int | None) -> int | None:
    """Return a number as FHIR's unsignedInt has it; DICOM allows others."""
    return number if number is not None and 0 <= number < 2**31 else None
