"""A series' own row: made at its first object, open again where it had settled."""

from __future__ import annotations

from datetime import datetime

from archive.patients.queries import find_by_identifier, resolve
from archive.store.conflicts import NamedPatient, names_another
from archive.store.described import series_described, study_described
from archive.store.models import Instance, RequestAttributes, Series, Study
from archive.store.policy import ACCEPT, Policies
from archive.store.rules import Header, InstanceFacts, ObjectFacts, facts_of
from archive.store.services._arrival import Arrival
from archive.store.services._aside import flag_filed
from archive.store.services._study import study_of
from pacs_hub.kernel.errors import Conflict


class ConflictingPatient(Conflict):
    """The object names another patient than the study it wants to join; kept aside."""

    code = "conflicting-patient"


class RelationalMismatch(Conflict):
    """Its series is one of another study, or its SOP Instance UID one of another series."""

    code = "relational-mismatch"


def check_same_series(facts: InstanceFacts) -> None:
    """Refuse an object whose SOP Instance UID is stored in another study or series.

    Raises:
        RelationalMismatch: it is.
    """
    stored = Instance.objects.filter(sop_instance_uid=facts.sop_instance_uid).values_list(
        "study__study_instance_uid", "series__series_instance_uid"
    )
    if stored and stored[0] != (facts.study_instance_uid, facts.series_instance_uid):
        raise RelationalMismatch("this SOP Instance UID is stored in another study or series")


def open_series(header: Header, received_at: datetime, *, arrival: Arrival) -> Series:
    """Return the row of a series that receives: made, or open again without cached metadata.

    Raises:
        ConflictingPatient: the study is of somebody else, and the site wants such objects aside.
        RelationalMismatch: the series is one of another study already.
    """
    facts = facts_of(header)
    study = study_of(
        facts,
        received_at,
        described=study_described(header),
        origin=arrival.origin,
        default_issuer=arrival.default_issuer,
        is_news=arrival.received.is_news,
    )
    if not arrival.policies.is_decided:
        _check_patient(study, facts, arrival)
    described = series_described(header)
    series, made = Series.objects.get_or_create(
        study=study,
        series_instance_uid=facts.series_instance_uid,
        defaults={
            "modality": facts.modality,
            "series_number": facts.series_number,
            "series_date": facts.series_date,
            "series_time": facts.series_time,
            "description": facts.series_description,
            "body_part": facts.body_part,
            "laterality": facts.laterality,
            "station_name": facts.station_name,
            "performed_step_uid": facts.performed_step_uid,
            "number_of_instances": 1,
            **described.columns,
        },
    )
    if made:
        _check_study(series, arrival.policies)
    if made and described.items:
        RequestAttributes.objects.bulk_create(
            RequestAttributes(series=series, **item) for item in described.items
        )
    if not made and series.metadata is not None:
        Series.objects.filter(pk=series.pk).update(metadata=None)
    return series


def _check_patient(study: Study, facts: ObjectFacts, arrival: Arrival) -> None:
    """Keep an object that names somebody else out of the study, or file it and flag it once."""
    of_study = NamedPatient(
        study.patient_id_received,
        study.issuer_received,
        study.patient_name_received,
        study.birth_date_received,
        study.sex_received,
    )
    arriving = NamedPatient(
        facts.patient_id,
        facts.issuer_of_patient_id,
        facts.patient_name,
        facts.birth_date,
        facts.sex,
    )
    if not names_another(of_study, arriving) or _is_known_as(study, facts, arrival):
        return
    if arrival.policies.checks_patient:
        raise ConflictingPatient("the object names another patient than its study")
    flag_filed(
        arrival, reason=ConflictingPatient.code, text="filed though it names another patient"
    )


def _is_known_as(study: Study, facts: ObjectFacts, arrival: Arrival) -> bool:
    """Say whether the other identifier is one of the study's own patient: merged, or linked."""
    if not facts.patient_id or facts.patient_id == study.patient_id_received:
        return False
    issuer = facts.issuer_of_patient_id or arrival.default_issuer
    known = find_by_identifier(value=facts.patient_id, issuer=issuer)
    return known is not None and known.pk == resolve(study.patient).pk


def _check_study(series: Series, policies: Policies) -> None:
    if policies.relational_mismatch == ACCEPT:
        return
    same = Series.objects.filter(series_instance_uid=series.series_instance_uid)
    if same.exclude(pk=series.pk).exists():
        raise RelationalMismatch("this Series Instance UID is one of another study")
