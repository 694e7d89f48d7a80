"""Steps that a modality may pick from its worklist (PS3.4 K.6), in one SQL query."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce, TruncTime

from archive.dicom import person_name
from archive.dicom.matching import AnyOf, DateRange, Single, Universal, Wildcard, wildcard_regex
from archive.models import Patient, PatientIdentifier
from archive.patients.rules import search_form
from worklist.mwl.attributes import STATUS_TERMS
from worklist.mwl.keys import CodeKey, ListKey, TextKey, WorklistKeys, start_interval
from worklist.orders.models import OrderStatus
from worklist.orders.schemes import sent_as
from worklist.scheduling.models import ScheduledProcedureStep, StepStation, StepStatus
from worklist.visits.models import Visit
from worklist.visits.queries import UNDER_WAY

ROW_CAP: Final = 200
EXPIRES_AFTER: Final = timedelta(days=7)  # an older step is hidden, not deleted
VISIBLE_STEPS: Final = (StepStatus.SCHEDULED, StepStatus.ARRIVED, StepStatus.READY)
HIDDEN_ORDERS: Final = (
    OrderStatus.ON_HOLD,
    OrderStatus.CANCELLED,
    OrderStatus.DISCONTINUED,
    OrderStatus.COMPLETED,
    OrderStatus.REPLACED,
)


def steps_matching(
    keys: WorklistKeys,
    *,
    zone: ZoneInfo,
    now: datetime,
    default_issuer: str,
    limit: int = ROW_CAP,
    with_other_ids: bool = False,
) -> list[ScheduledProcedureStep]:
    """Return the visible steps that match, by start and step id, at most `limit`.

    Each row comes with its order and patient, and with `shown_patient_id` and `shown_issuer`.
    """
    rows = _visible(now)
    rows = rows.filter(_step_matches(keys), _order_matches(keys))
    rows = _started_when(rows, keys, zone)
    if (patients := _patients(keys)) is not None:
        rows = rows.filter(requested_procedure__order__patient__in=patients.values("pk"))
    rows = _with_identifier(rows, keys, default_issuer)
    rows = rows.annotate(has_more_stations=Exists(StepStation.objects.filter(step=OuterRef("pk"))))
    found = sorted(_named(_ordered(rows, keys), keys, limit), key=_place)
    prefetch_related_objects(
        [s for s in found if getattr(s, "has_more_stations", False)], "more_stations"
    )
    if with_other_ids:
        prefetch_related_objects([shown_patient(step) for step in found], "identifiers")
    return found


def _visible(now: datetime) -> QuerySet[ScheduledProcedureStep]:
    return (
        ScheduledProcedureStep.objects.select_related(
            "requested_procedure__order__patient__survivor"
        )
        .filter(status__in=VISIBLE_STEPS, on_hold=False)
        .filter(Q(start__gte=now - EXPIRES_AFTER) | Q(start__isnull=True))
        .exclude(requested_procedure__order__status__in=HIDDEN_ORDERS)
    )


def _step_matches(keys: WorklistKeys) -> Q:
    physician = _text("performing_physician_name", keys.performing_physician_name, fold=True)
    return (
        _stations(keys.station_ae_title)
        & _list("modality", keys.modality)
        & _list("status", _our_words(keys.status))
        & _text("scheduled_procedure_step_id", keys.step_id)
        & _text("station_name", keys.station_name)
        & _text("station_location", keys.station_location)
        & _protocols(keys.protocol_code)
        & physician
    )


def _order_matches(keys: WorklistKeys) -> Q:
    order, procedure = "requested_procedure__order__", "requested_procedure__"
    return (
        # The exam carries the order's number too, and is indexed by it.
        _text("requested_procedure__exam__accession_number", keys.accession_number)
        & _text(order + "issuer_of_accession_number", keys.issuer_of_accession_number)
        & _text(order + "placer_order_number", keys.placer_order_number)
        & _text(order + "filler_order_number", keys.filler_order_number)
        & _admitted_as(keys.admission_id)
        & _text(procedure + "requested_procedure_id", keys.requested_procedure_id)
        & _list(procedure + "study_instance_uid", keys.study_instance_uid)
        & _code(procedure + "code", procedure + "scheme", keys.requested_procedure_code)
    )


def _admitted_as(key: TextKey) -> Q:
    """Match the visit the order names; of an order that names none, one its patient is in."""
    if isinstance(key, Universal):
        return Q()
    order = "requested_procedure__order__"
    under_way = Visit.objects.filter(_text("number", key), status__in=UNDER_WAY)
    return _text(order + "visit_number", key) | Q(
        **{f"{order}visit_number": "", f"{order}patient__in": under_way.values("patient")}
    )


def _started_when(
    rows: QuerySet[ScheduledProcedureStep], keys: WorklistKeys, zone: ZoneInfo
) -> QuerySet[ScheduledProcedureStep]:
    interval = start_interval(keys.start_date, keys.start_time, zone=zone)
    if interval is not None:
        first, before = interval
        within = Q(start__isnull=False)
        if first is not None:
            within &= Q(start__gte=first)
        if before is not None:
            within &= Q(start__lt=before)
        if keys.names_one_exam:  # an exam without a day is found by its barcode on any
            within |= Q(start__isnull=True)
        return rows.filter(within)
    times = keys.start_time
    if isinstance(times, Universal):
        return rows
    rows = rows.annotate(local_time=TruncTime("start", tzinfo=zone))
    if times.first is not None:
        rows = rows.filter(local_time__gte=times.first)
    if times.last is not None:
        rows = rows.filter(local_time__lte=times.last)
    return rows


def _patients(keys: WorklistKeys) -> QuerySet[Patient] | None:
    """Return the patients, as filed, whose shown identity matches; None: any."""
    wanted: list[Q] = []
    if not isinstance(keys.patient_name, Universal):
        wanted.append(_shown(name_search__regex=_name_regex(keys.patient_name)))
    if isinstance(keys.patient_birth_date, DateRange):
        born = keys.patient_birth_date
        if born.first is not None:
            wanted.append(_shown(birth_date__gte=born.first))
        if born.last is not None:
            wanted.append(_shown(birth_date__lte=born.last))
    if isinstance(keys.patient_sex, AnyOf):
        wanted.append(_shown(sex__in=keys.patient_sex.values))
    if _asks_for_identifier(keys):
        wanted.append(_shown(pk__in=_identifiers(keys).values("patient")))
    return Patient.objects.filter(*wanted) if wanted else None


def _shown(**lookups: Any) -> Q:
    """Match the survivor of a merged patient, the patient itself otherwise."""
    of_survivor = {f"survivor__{name}": value for name, value in lookups.items()}
    return Q(survivor__isnull=True, **lookups) | Q(**of_survivor)


def _asks_for_identifier(keys: WorklistKeys) -> bool:
    asked = (keys.patient_id, keys.issuer_of_patient_id)
    return not all(isinstance(key, Universal) for key in asked)


def _identifiers(keys: WorklistKeys) -> QuerySet[PatientIdentifier]:
    return PatientIdentifier.objects.filter(
        _text("value", keys.patient_id) & _text("issuer", keys.issuer_of_patient_id)
    )


def _with_identifier(
    rows: QuerySet[ScheduledProcedureStep], keys: WorklistKeys, default_issuer: str
) -> QuerySet[ScheduledProcedureStep]:
    """Add the identifier to show: the one asked for, else our own authority's, else the oldest."""
    patient = "requested_procedure__order__patient"
    ours_first = Case(
        When(issuer=default_issuer, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    best = (
        _identifiers(keys)
        .filter(patient=Coalesce(OuterRef(f"{patient}__survivor"), OuterRef(patient)))
        .order_by(F("retired_at").asc(nulls_first=True), ours_first, "pk")
    )
    return rows.annotate(
        shown_patient_id=Subquery(best.values("value")[:1]),
        shown_issuer=Subquery(best.values("issuer")[:1]),
    )


def _ordered(
    rows: QuerySet[ScheduledProcedureStep], keys: WorklistKeys
) -> QuerySet[ScheduledProcedureStep]:
    """Order so that a cut keeps the earliest of a range, or the newest of everything."""
    if isinstance(keys.start_date, Universal):
        return rows.order_by(F("start").desc(nulls_last=True), "-pk")
    return rows.order_by(F("start").asc(nulls_last=True), "pk")


def _named(
    rows: QuerySet[ScheduledProcedureStep], keys: WorklistKeys, limit: int
) -> Iterable[ScheduledProcedureStep]:
    """Cut at `limit`; the SQL finds names by their words, here their components are compared."""
    key = keys.patient_name
    if isinstance(key, Universal):
        return rows[:limit]
    named: Iterator[ScheduledProcedureStep] = (
        row for row in rows.iterator() if person_name.matches(key, shown_patient(row).name)
    )
    return islice(named, limit)


def shown_patient(step: ScheduledProcedureStep) -> Patient:
    """Return the patient of a step as shown: the survivor of a merge."""
    patient = step.requested_procedure.order.patient
    return patient.survivor or patient


def _place(step: ScheduledProcedureStep) -> tuple[bool, float, str]:
    start = step.start.timestamp() if step.start else 0.0
    return step.start is None, start, step.scheduled_procedure_step_id


def _name_regex(key: Single | Wildcard) -> str:
    """Match a folded name that holds any component group of the key, from word to word."""
    value = key.pattern if isinstance(key, Wildcard) else key.value
    groups = [search_form(group) for group in value.split("=")]
    choices = "|".join(wildcard_regex(group.replace(" *", "*")) for group in groups if group)
    return f"(^| )({choices})( |$)"


def _text(field: str, key: TextKey, *, fold: bool = False) -> Q:
    if isinstance(key, Universal):
        return Q()
    kind = "i" if fold else ""
    if isinstance(key, Single):
        return Q(**{f"{field}__{kind}exact": key.value})
    return Q(**{f"{field}__{kind}regex": key.regex()})


def _list(field: str, key: ListKey) -> Q:
    if isinstance(key, Universal):
        return Q()
    if len(key.values) == 1:
        return Q(**{field: key.values[0]})
    return Q(**{f"{field}__in": key.values})


def _stations(key: ListKey) -> Q:
    """Match the first station of a step, and any other that may take it: they are few."""
    if isinstance(key, Universal):
        return Q()
    others = StepStation.objects.filter(ae_title__in=key.values)
    return _list("scheduled_station_ae_title", key) | Q(pk__in=others.values("step"))


def _protocols(key: CodeKey) -> Q:
    """Match any protocol code of a step; those after its first are looked at as text."""
    first = _code("protocol_code", "protocol_scheme", key)
    if not isinstance(key.value, Single):
        return first
    return first | Q(more_protocols__icontains=f'"value": {json.dumps(key.value.value)}')


def _code(field: str, scheme: str, key: CodeKey) -> Q:
    """Match a code; a scheme is found by its designator and by the name it was sent with."""
    if not isinstance(key.scheme, Single):
        return _text(field, key.value) & _text(scheme, key.scheme)
    return _text(field, key.value) & Q(**{f"{scheme}__in": sent_as(key.scheme.value)})


def _our_words(key: ListKey) -> ListKey:
    if isinstance(key, Universal):
        return key
    words = {term: ours for ours, term in STATUS_TERMS.items()}
    return AnyOf(tuple(words.get(term, term) for term in key.values))
