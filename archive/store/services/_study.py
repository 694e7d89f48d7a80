"""A study's own row: made at its first object, filed under a patient, filed again."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any

from archive.patients.models import Patient
from archive.patients.rules import UNIDENTIFIED, Identifier, PatientFacts, search_form
from archive.patients.services import register_patient
from archive.store.described import Described
from archive.store.events import StudyStarted
from archive.store.models import ProcedureCode, Study, StudyState, Tier
from archive.store.rules import ObjectFacts
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish


def study_of(
    facts: ObjectFacts,
    received_at: datetime,
    *,
    described: Described,
    origin: Origin,
    default_issuer: str,
    is_news: bool = True,
) -> Study:
    """Return the study's row, made at its first object, and open again if it had settled.

    What is no news settles at once and nobody is told.
    """
    studies = Study.objects.select_for_update()  # nobody settles it before our object is in
    study = studies.filter(study_instance_uid=facts.study_instance_uid).first()
    if study is not None:
        if study.state == StudyState.RECEIVED and is_news:
            Study.objects.filter(pk=study.pk).update(state=StudyState.RECEIVING, tier=Tier.MAIN)
            _tell_started(study, origin)
        return study
    patient = _patient_of(
        study_instance_uid=facts.study_instance_uid,
        patient_id=facts.patient_id,
        issuer=facts.issuer_of_patient_id or default_issuer,
        name=facts.patient_name,
        birth_date=facts.birth_date,
        sex=facts.sex,
        origin=origin,
    )
    study = Study.objects.create(
        study_instance_uid=facts.study_instance_uid,
        patient=patient,
        number_of_series=1,
        number_of_instances=1,
        state=StudyState.RECEIVING if is_news else StudyState.RECEIVED,
        settled_at=None if is_news else received_at,
        calling_ae=origin.actor,
        address=origin.address,
        door=origin.door,
        correlation_id=origin.correlation_id,
        first_received_at=received_at,
        last_received_at=received_at,
        **_header_columns(facts),
        **described.columns,
    )
    ProcedureCode.objects.bulk_create(
        ProcedureCode(study=study, **item) for item in described.items
    )
    audit.record(
        action="create",
        object_type="study",
        object_id=study.study_instance_uid,
        origin=origin,
        patient_id=patient.pk,
    )
    if is_news:
        _tell_started(study, origin)
    return study


def _header_columns(facts: ObjectFacts) -> dict[str, Any]:
    """Return what the header of the first object says of its study, as received."""
    return {
        "patient_id_received": facts.patient_id,
        "issuer_received": facts.issuer_of_patient_id,
        "patient_name_received": facts.patient_name,
        "name_search_received": search_form(facts.patient_name),
        "birth_date_received": facts.birth_date,
        "sex_received": facts.sex,
        "accession_number": facts.accession_number,
        "study_id": facts.study_id,
        "study_date": facts.study_date,
        "study_time": facts.study_time,
        "description": facts.study_description,
        "referring_physician_name": facts.referring_physician_name,
        "modalities": facts.modality,
    }


def file_under(*, study_id: int, patient: Patient, referrer_id: str) -> None:
    """File a study under the patient it surely belongs to; its objects are not touched.

    `referrer_id` names the physician who may see it as their own.
    """
    Study.objects.filter(pk=study_id).update(
        patient=patient, referrer_id=referrer_id, identity_verified=True, revised_at=clock.now()
    )


def file_as_received(*, study_id: int, default_issuer: str, origin: Origin) -> None:
    """File a study again under the patient its own header names, and as nobody's referral."""
    study = Study.objects.get(pk=study_id)
    study.patient = _patient_of(
        study_instance_uid=study.study_instance_uid,
        patient_id=study.patient_id_received,
        issuer=study.issuer_received or default_issuer,
        name=study.patient_name_received,
        birth_date=study.birth_date_received,
        sex=study.sex_received,
        origin=origin,
    )
    study.referrer_id = ""
    study.identity_verified = False
    study.revised_at = clock.now()
    study.save(update_fields=["patient", "referrer_id", "identity_verified", "revised_at"])


def _tell_started(study: Study, origin: Origin) -> None:
    publish(
        StudyStarted(
            occurred_at=clock.now(),
            correlation_id=origin.correlation_id,
            study_id=study.pk,
            study_instance_uid=study.study_instance_uid,
        )
    )


def _patient_of(
    *,
    study_instance_uid: str,
    patient_id: str,
    issuer: str,
    name: str,
    birth_date: date | None,
    sex: str,
    origin: Origin,
) -> Patient:
    """Return the patient the header names; one without an ID gets a place of their own."""
    if patient_id:
        identifier = Identifier(value=patient_id, issuer=issuer)
    else:
        number = hashlib.sha256(study_instance_uid.encode()).hexdigest()[:16]
        identifier = Identifier(value=number, issuer=UNIDENTIFIED)
    return register_patient(
        facts=PatientFacts(
            identifiers=(identifier,),
            name=name,
            birth_date=birth_date,
            sex=sex if sex in {"M", "F", "O"} else None,
        ),
        origin=origin,
        provisional=True,
    )


def audit_change(study: Study, *, detail: str, origin: Origin) -> None:
    """Write down that somebody changed what is known of a study; call it in their transaction."""
    audit.record(
        action="update",
        object_type="study",
        object_id=study.study_instance_uid,
        origin=origin,
        patient_id=study.patient_id,
        detail=detail,
    )
