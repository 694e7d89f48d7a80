"""A row of the index as DICOM JSON: the attributes of its level (PS3.18 10.6.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time

from archive.dicom.dates import da, tm
from archive.dicom.json_model import Json, number_value, tag_name, text_value
from archive.index.keys import Level
from archive.index.queries import Row


def identifier(row: Row, *, levels: Iterable[Level], base_url: str) -> Json:
    """Return the attributes of `levels`, tags ascending; `base_url` ends before /studies."""
    wanted = set(levels)
    out: Json = {"00080005": {"vr": "CS", "Value": ["ISO_IR 192"]}}
    if Level.STUDY in wanted:
        out.update(_study(row))
    if Level.SERIES in wanted:
        out.update(_series(row))
    if Level.INSTANCE in wanted:
        out.update(_instance(row))
    out["0020000D"] = text_value("UI", [row.study.study_instance_uid])
    if row.series is not None:
        out["0020000E"] = text_value("UI", [row.series.series_instance_uid])
    out["00080056"] = text_value("CS", ["ONLINE"])
    out["00081190"] = text_value("UR", [retrieve_url(row, base_url=base_url)])
    return dict(sorted(out.items()))


def selected(row: Row, *, tags: set[int]) -> Json:
    """Return those of `tags` that the row knows, whatever their level."""
    known = _study(row)
    if row.series is not None:
        known.update(_series(row))
    return {name: known[name] for name in (tag_name(tag) for tag in tags) if name in known}


def retrieve_url(row: Row, *, base_url: str) -> str:
    """Return where the object behind the row can be had (0008,1190)."""
    url = f"{base_url}/studies/{row.study.study_instance_uid}"
    if row.series is not None:
        url += f"/series/{row.series.series_instance_uid}"
    if row.instance is not None:
        url += f"/instances/{row.instance.sop_instance_uid}"
    return url


def _study(row: Row) -> Json:
    study = row.study
    patient = study.patient.survivor or study.patient
    return {
        "00080020": _date(study.study_date),
        "00080030": _time(study.study_time),
        "00080050": text_value("SH", [study.accession_number]),
        "00080061": text_value("CS", row.counts.modalities),
        "00080090": text_value("PN", [study.referring_physician_name]),
        "00081030": text_value("LO", [study.description]),
        "00100010": text_value("PN", [patient.name or study.patient_name_received]),
        "00100020": text_value("LO", [study.patient_id_received]),
        "00100021": text_value("LO", [study.issuer_received]),
        "00100030": _date(patient.birth_date or study.birth_date_received),
        "00100040": text_value("CS", [patient.sex or study.sex_received]),
        "00200010": text_value("SH", [study.study_id]),
        "00201206": number_value("IS", row.counts.series),
        "00201208": number_value("IS", row.counts.instances),
    }


def _series(row: Row) -> Json:
    series = row.series
    if series is None:
        return {}
    return {
        "00080021": _date(series.series_date),
        "00080031": _time(series.series_time),
        "00080060": text_value("CS", [series.modality]),
        "00081010": text_value("SH", [series.station_name]),
        "0008103E": text_value("LO", [series.description]),
        "00180015": text_value("CS", [series.body_part]),
        "00200011": number_value("IS", series.series_number),
        "00200060": text_value("CS", [series.laterality]),
        "00201209": number_value("IS", row.instances_in_series),
    }


def _instance(row: Row) -> Json:
    instance = row.instance
    if instance is None:
        return {}
    out: Json = {
        "00080016": text_value("UI", [instance.sop_class_uid]),
        "00080018": text_value("UI", [instance.sop_instance_uid]),
        "00083002": text_value("UI", [instance.transfer_syntax_uid]),
        "00200013": number_value("IS", instance.instance_number),
    }
    if instance.rows is not None:
        out["00280008"] = number_value("IS", instance.number_of_frames)
        out["00280010"] = number_value("US", instance.rows)
        out["00280011"] = number_value("US", instance.columns)
        out["00280100"] = number_value("US", instance.bits_allocated)
    return out


def _date(day: date | None) -> Json:
    return text_value("DA", [da(day)] if day else [])


def _time(at: time | None) -> Json:
    return text_value("TM", [tm(at)] if at else [])
