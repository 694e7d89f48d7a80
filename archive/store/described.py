"""What queries may ask of a study, a series or a report beyond the ordinary; pure.

It is read once for each of them, from the first object of a study or series, and from every
structured report and document.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from pydicom import Dataset
from pydicom.multival import MultiValue

from archive.dicom.dates import read_date, read_time
from archive.store.rules import Header

MOST_ITEMS: Final = 50
# SOP classes with a title of their own: structured reports and encapsulated documents.
_TITLED: Final = ("1.2.840.10008.5.1.4.1.1.88.", "1.2.840.10008.5.1.4.1.1.104.")


@dataclass(frozen=True, kw_only=True)
class Described:
    """Columns of the row itself, and one row for each item of its sequence."""

    columns: Mapping[str, Any]
    items: tuple[Mapping[str, str], ...]


def study_described(header: Header) -> Described:
    """Return what a study is asked for: admission, issuer of its accession number, procedures."""
    issuer = next(iter(_items(header, "IssuerOfAccessionNumberSequence")), Dataset())
    named = [
        _text(issuer, "LocalNamespaceEntityID", 64),
        _text(issuer, "UniversalEntityID", 64),
        _text(issuer, "UniversalEntityIDType", 16),
    ]
    columns = {
        "admission_id": _text(header, "AdmissionID", 64),
        "accession_issuer": named if any(named) else [],
    }
    codes = (_code(item) for item in _items(header, "ProcedureCodeSequence"))
    return Described(
        columns=columns,
        items=tuple(
            {"value": value, "scheme": scheme, "meaning": meaning}
            for value, scheme, meaning in codes
            if value
        ),
    )


def series_described(header: Header) -> Described:
    """Return what a series is asked for: its institution, when its step began, its requests."""
    requests = (
        {
            "requested_procedure_id": _text(item, "RequestedProcedureID", 16),
            "scheduled_procedure_step_id": _text(item, "ScheduledProcedureStepID", 16),
        }
        for item in _items(header, "RequestAttributesSequence")
    )
    return Described(
        columns={
            "institution_name": _text(header, "InstitutionName", 64),
            "performed_step_date": _date(header, "PerformedProcedureStepStartDate"),
            "performed_step_time": _time(header, "PerformedProcedureStepStartTime"),
        },
        items=tuple(request for request in requests if any(request.values())),
    )


def content_columns(header: Header) -> dict[str, Any]:
    """Return when the content of an object was made; nothing for most that do not say it."""
    day, at = header.get("ContentDate"), header.get("ContentTime")
    columns: dict[str, Any] = {}
    if day and (content_date := _date_of(str(day))):
        columns["content_date"] = content_date
    if at and (content_time := _time_of(str(at))):
        columns["content_time"] = content_time
    return columns


@functools.lru_cache(maxsize=256)
def _date_of(text: str) -> date | None:
    try:
        return read_date(text.replace("\0", "").strip()[:10])
    except ValueError:
        return None


@functools.lru_cache(maxsize=256)
def _time_of(text: str) -> time | None:
    try:
        return read_time(text.replace("\0", "").strip()[:16])[0]
    except ValueError:
        return None


def report_columns(header: Header, *, sop_class_uid: str) -> dict[str, Any]:
    """Return the title and the state of a structured report or a document; else nothing."""
    if not sop_class_uid.startswith(_TITLED):
        return {}
    title = next(iter(_items(header, "ConceptNameCodeSequence")), None)
    return {
        "completion_flag": _text(header, "CompletionFlag", 16),
        "verification_flag": _text(header, "VerificationFlag", 16),
        "concept_name": list(_code(title)) if title is not None else [],
    }


def _code(item: Header) -> tuple[str, str, str]:
    value = _text(item, "CodeValue", 64) or _text(item, "LongCodeValue", 64)
    scheme = _text(item, "CodingSchemeDesignator", 16)
    return value or _text(item, "URNCodeValue", 64), scheme, _text(item, "CodeMeaning", 64)


def _items(header: Header, keyword: str) -> list[Dataset]:
    items = header.get(keyword) or ()
    return [item for item in items if isinstance(item, Dataset)][:MOST_ITEMS]


def _text(header: Header, keyword: str, length: int) -> str:
    value = header.get(keyword)
    if isinstance(value, MultiValue):
        value = "\\".join(str(part) for part in value)
    return "" if value is None else str(value).replace("\0", "").strip()[:length]


def _date(header: Header, keyword: str) -> date | None:
    return _date_of(_text(header, keyword, 10))


def _time(header: Header, keyword: str) -> time | None:
    return _time_of(_text(header, keyword, 16))
