"""A row of the index as DICOM JSON: the attributes of its levels (PS3.4 C.6, PS3.18 10.6.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final

from archive.dicom.dates import da, tm
from archive.dicom.json_model import Json, number_value, tag_name, text_value
from archive.index.counts import PatientCounts, patient_counts, sop_classes_of
from archive.index.identities import identity_of_patient, identity_of_study
from archive.index.keys import (
    CONCEPT_NAME,
    OTHER_PATIENT_IDS,
    PROCEDURE_CODES,
    REQUESTS,
    SOP_CLASSES_IN_STUDY,
    Level,
)
from archive.index.queries import Row, visible
from archive.storage.tiers import is_cold
from archive.store.models import ProcedureCode, RequestAttributes, Tier
from pacs_hub.access.permissions import Principal

NUMBERS_OF_PATIENT: Final = frozenset({0x00201200, 0x00201202, 0x00201204})
# What costs a query of its own, and is therefore told only to those who ask.
COSTLY: Final = NUMBERS_OF_PATIENT | {
    OTHER_PATIENT_IDS,
    PROCEDURE_CODES,
    REQUESTS,
    SOP_CLASSES_IN_STUDY,
}
_UTF8: Final[Json] = {"vr": "CS", "Value": ["ISO_IR 192"]}


@dataclass(frozen=True, kw_only=True)
class Details:
    """What was read for a page of rows beside them, by the id of their patient, study, series."""

    patients: dict[int, PatientCounts] = field(default_factory=dict)
    sop_classes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    procedures: dict[int, list[Json]] = field(default_factory=dict)
    requests: dict[int, list[Json]] = field(default_factory=dict)
    asked: frozenset[int] = frozenset()


def details_of(
    rows: Sequence[Row], *, asked: Iterable[int], principal: Principal | None
) -> Details:
    """Read what the costly ones of the attributes `asked` for need: a query each, or none.

    What is counted is what `principal` may see (None: all).
    """
    tags = frozenset(asked)
    out = Details(asked=tags)
    studies = {row.study.pk: row.study for row in rows if row.study is not None}
    series = {row.series.pk for row in rows if row.series is not None}
    if tags & NUMBERS_OF_PATIENT:
        patients = (row.patient for row in rows)
        out.patients.update(patient_counts(patients, seen=visible(principal=principal)))
    if SOP_CLASSES_IN_STUDY in tags and studies:
        out.sop_classes.update(sop_classes_of(studies.values()))
    if PROCEDURE_CODES in tags and studies:
        for code in ProcedureCode.objects.filter(study__in=studies).order_by("pk"):
            item = _code_item(code.value, code.scheme, code.meaning)
            out.procedures.setdefault(code.study_id, []).append(item)
    if REQUESTS in tags and series:
        for request in RequestAttributes.objects.filter(series__in=series).order_by("pk"):
            out.requests.setdefault(request.series_id, []).append(_request_item(request))
    return out


def identifier(row: Row, *, levels: Iterable[Level], base_url: str, details: Details) -> Json:
    """Return the attributes of `levels`, tags ascending; `base_url` ends before /studies."""
    out: Json = {"00080005": _UTF8}
    for level in levels:
        out.update(_TOLD[level](row, details))
    if row.study is not None:
        out["0020000D"] = text_value("UI", [row.study.study_instance_uid])
        out["00080056"] = text_value("CS", [availability(row)])
        out["00081190"] = text_value("UR", [retrieve_url(row, base_url=base_url)])
    if row.series is not None:
        out["0020000E"] = text_value("UI", [row.series.series_instance_uid])
    return dict(sorted(out.items()))


def selected(row: Row, *, tags: Iterable[int], details: Details) -> Json:
    """Return those of `tags` that the row knows, whatever their level."""
    known = {**_patient(row, details), **_study(row, details), **_series(row, details)}
    return {name: known[name] for name in (tag_name(tag) for tag in tags) if name in known}


def retrieve_url(row: Row, *, base_url: str) -> str:
    """Return where the object behind the row can be had (0008,1190)."""
    url = f"{base_url}/studies/{row.study.study_instance_uid if row.study else ''}"
    if row.series is not None:
        url += f"/series/{row.series.series_instance_uid}"
    if row.instance is not None:
        url += f"/instances/{row.instance.sop_instance_uid}"
    return url


def availability(row: Row) -> str:
    """Return how soon it can be had (0008,0056): what lies in the cold area takes longer."""
    if row.instance is not None:
        return "NEARLINE" if is_cold(row.instance.storage_key) else "ONLINE"
    return "NEARLINE" if row.study is not None and row.study.tier == Tier.COLD else "ONLINE"


def _patient(row: Row, details: Details) -> Json:
    study = row.study
    who = identity_of_patient(row.patient) if study is None else identity_of_study(study)
    out: Json = {
        "00100010": text_value("PN", [who.name]),
        "00100020": text_value("LO", [who.patient_id]),
        "00100021": text_value("LO", [who.issuer]),
        "00100030": _date(who.birth_date),
        "00100040": text_value("CS", [who.sex]),
    }
    if OTHER_PATIENT_IDS in details.asked:
        person = identity_of_patient(row.patient)
        every = [(person.patient_id, person.issuer), *person.others]
        others = [(value, issuer) for value, issuer in every if value != who.patient_id]
        items = [_other_id(value, issuer) for value, issuer in others if value]
        out["00101002"] = _sequence(items)
    if details.asked & NUMBERS_OF_PATIENT:
        counts = details.patients.get(row.patient.pk, PatientCounts())
        out["00201200"] = number_value("IS", counts.studies)
        out["00201202"] = number_value("IS", counts.series)
        out["00201204"] = number_value("IS", counts.instances)
    return out


def _study(row: Row, details: Details) -> Json:
    study, counts = row.study, row.counts
    if study is None or counts is None:
        return {}
    out: Json = {
        "00080020": _date(study.study_date),
        "00080030": _time(study.study_time),
        "00080050": text_value("SH", [study.accession_number]),
        "00080051": _sequence(_issuer_item(study.accession_issuer)),
        "00080061": text_value("CS", counts.modalities),
        "00080090": text_value("PN", [study.referring_physician_name]),
        "00081030": text_value("LO", [study.description]),
        "00200010": text_value("SH", [study.study_id]),
        "00201206": number_value("IS", counts.series),
        "00201208": number_value("IS", counts.instances),
        "00380010": text_value("LO", [study.admission_id]),
    }
    if SOP_CLASSES_IN_STUDY in details.asked:
        out["00080062"] = text_value("UI", details.sop_classes.get(study.pk, ()))
    if PROCEDURE_CODES in details.asked:
        out["00081032"] = _sequence(details.procedures.get(study.pk, []))
    return out


def _series(row: Row, details: Details) -> Json:
    series = row.series
    if series is None:
        return {}
    out: Json = {
        "00080021": _date(series.series_date),
        "00080031": _time(series.series_time),
        "00080060": text_value("CS", [series.modality]),
        "00080080": text_value("LO", [series.institution_name]),
        "00081010": text_value("SH", [series.station_name]),
        "0008103E": text_value("LO", [series.description]),
        "00180015": text_value("CS", [series.body_part]),
        "00200011": number_value("IS", series.series_number),
        "00200060": text_value("CS", [series.laterality]),
        "00201209": number_value("IS", row.instances_in_series),
        "00400244": _date(series.performed_step_date),
        "00400245": _time(series.performed_step_time),
    }
    if REQUESTS in details.asked:
        out["00400275"] = _sequence(details.requests.get(series.pk, []))
    return out


def _instance(row: Row, _: Details) -> Json:
    instance = row.instance
    if instance is None:
        return {}
    out: Json = {
        "00080016": text_value("UI", [instance.sop_class_uid]),
        "00080018": text_value("UI", [instance.sop_instance_uid]),
        "00080023": _date(instance.content_date),
        "00080033": _time(instance.content_time),
        "00083002": text_value("UI", [instance.transfer_syntax_uid]),
        "00200013": number_value("IS", instance.instance_number),
    }
    if instance.rows is not None:
        out["00280008"] = number_value("IS", instance.number_of_frames)
        out["00280010"] = number_value("US", instance.rows)
        out["00280011"] = number_value("US", instance.columns)
        out["00280100"] = number_value("US", instance.bits_allocated)
    if instance.completion_flag or instance.concept_name:
        out["0040A491"] = text_value("CS", [instance.completion_flag])
        out["0040A493"] = text_value("CS", [instance.verification_flag])
        title = [_code_item(*instance.concept_name)] if instance.concept_name else []
        out[tag_name(CONCEPT_NAME)] = _sequence(title)
    return out


_TOLD: Final[dict[Level, Callable[[Row, Details], Json]]] = {
    Level.PATIENT: _patient,
    Level.STUDY: _study,
    Level.SERIES: _series,
    Level.INSTANCE: _instance,
}


def _sequence(items: list[Json]) -> Json:
    return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}


def _code_item(value: str, scheme: str, meaning: str) -> Json:
    return {
        "00080100": text_value("SH", [value]),
        "00080102": text_value("SH", [scheme]),
        "00080104": text_value("LO", [meaning]),
    }


def _request_item(request: RequestAttributes) -> Json:
    return {
        "00400009": text_value("SH", [request.scheduled_procedure_step_id]),
        "00401001": text_value("SH", [request.requested_procedure_id]),
    }


def _issuer_item(named: list[str]) -> list[Json]:
    """Return the item of Issuer of Accession Number Sequence, if there is one (0008,0051)."""
    parts = zip(("00400031", "00400032", "00400033"), ("UT", "UT", "CS"), named, strict=False)
    item = {tag: text_value(vr, [value]) for tag, vr, value in parts if value}
    return [item] if item else []


def _other_id(value: str, issuer: str) -> Json:
    return {
        "00100020": text_value("LO", [value]),
        "00100021": text_value("LO", [issuer]),
        "00100022": text_value("CS", ["TEXT"]),
    }


def _date(day: date | None) -> Json:
    return text_value("DA", [da(day)] if day else [])


def _time(at: time | None) -> Json:
    return text_value("TM", [tm(at)] if at else [])
