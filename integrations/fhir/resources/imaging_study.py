"""ImagingStudy, and the Endpoint its objects are retrieved from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from integrations.fhir.resources.service_request import (
    RequestFacts,
    accession,
    procedure_code,
    subject,
)
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

ENDPOINT_ID: Final = "wado-rs"
STATUS_OF: Final[dict[str, str]] = {"receiving": "registered", "received": "available"}
_CONNECTION_TYPE: Final = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type"
_PAYLOAD_TYPE: Final = "http://terminology.hl7.org/CodeSystem/endpoint-payload-type"


@dataclass(frozen=True, kw_only=True)
class InstanceFacts:
    """One stored object."""

    uid: str
    sop_class_uid: str
    number: int | None


@dataclass(frozen=True, kw_only=True)
class SeriesFacts:
    """One series and its objects, in order."""

    uid: str
    number: int | None
    modality: str
    description: str
    body_part: str
    day: date | None
    at: time | None
    instances: tuple[InstanceFacts, ...]


@dataclass(frozen=True, kw_only=True)
class StudyFacts:
    """A study that is linked to its exam, and its series, in order."""

    id: int
    uid: str
    state: str
    request: RequestFacts
    day: date | None
    at: time | None
    description: str
    referring_physician_name: str
    last_updated: datetime
    series: tuple[SeriesFacts, ...]


def to_fhir(study: StudyFacts, context: Context) -> Resource:
    """Return the study, its series and instances counted from what is there."""
    uid = {"use": "official", "system": DICOM_UID, "value": f"urn:oid:{study.uid}"}
    number = accession(study.request)
    return without_empty(
        {
            "resourceType": "ImagingStudy",
            "id": str(study.id),
            "meta": {"lastUpdated": instant(study.last_updated)},
            "identifier": [uid, number] if number else [uid],
            "status": STATUS_OF[study.state],
            "modality": [coding(DCM, name) for name in _modalities(study)],
            "subject": subject(study.request),
            "started": context.moment(study.day, study.at),
            "basedOn": [reference("ServiceRequest", study.request.id)],
            "referrer": without_empty({"display": readable_name(study.referring_physician_name)}),
            "endpoint": [reference("Endpoint", ENDPOINT_ID)],
            "numberOfSeries": len(study.series),
            "numberOfInstances": sum(len(series.instances) for series in study.series),
            "procedureCode": [procedure_code(study.request)],
            "description": study.description,
            "series": [_series(series, context) for series in study.series],
        }
    )


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


def _modalities(study: StudyFacts) -> list[str]:
    return sorted({series.modality for series in study.series if series.modality})


def _series(series: SeriesFacts, context: Context) -> Resource:
    return without_empty(
        {
            "uid": series.uid,
            "number": _unsigned(series.number),
            "modality": coding(DCM, series.modality or "OT"),
            "description": series.description,
            "numberOfInstances": len(series.instances),
            "endpoint": [reference("Endpoint", ENDPOINT_ID)],
            "bodySite": without_empty({"display": series.body_part}),
            "started": context.moment(series.day, series.at),
            "instance": [_instance(each) for each in series.instances],
        }
    )


def _instance(instance: InstanceFacts) -> Resource:
    return without_empty(
        {
            "uid": instance.uid,
            "sopClass": coding("urn:ietf:rfc:3986", f"urn:oid:{instance.sop_class_uid}"),
            "number": _unsigned(instance.number),
        }
    )


def _unsigned(number: int | None) -> int | None:
    """Return a number as FHIR's unsignedInt has it; DICOM allows others."""
    return number if number is not None and 0 <= number < 2**31 else None
