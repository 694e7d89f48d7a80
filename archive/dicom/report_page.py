"""A structured report as a plain HTML page (PS3.3 C.17.3, PS3.18 10.4.1.1.3); pure.

Every text is escaped: what a report says is never markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any, Final

from pydicom import Dataset

_DEEPEST: Final = 32
_PATIENT: Final = (
    ("Patient", "PatientName"),
    ("Patient ID", "PatientID"),
    ("Born", "PatientBirthDate"),
    ("Sex", "PatientSex"),
    ("Study", "StudyDescription"),
    ("Accession number", "AccessionNumber"),
    ("Written", "ContentDate"),
    ("Institution", "InstitutionName"),
    ("Completion", "CompletionFlag"),
    ("Verification", "VerificationFlag"),
)
# Value type -> where its value is (PS3.3 table C.17.3-7); the others have a line of their own.
_VALUES: Final = {
    "TEXT": "TextValue",
    "DATE": "Date",
    "TIME": "Time",
    "DATETIME": "DateTime",
    "PNAME": "PersonName",
    "UIDREF": "UID",
    "SCOORD": "GraphicType",
    "SCOORD3D": "GraphicType",
    "TCOORD": "TemporalRangeType",
}


def page(report: Dataset) -> str:
    """Return the report as an HTML document."""
    title = _meaning(report.get("ConceptNameCodeSequence")) or "Report"
    return "".join(
        (
            f'<!doctype html><html><head><meta charset="utf-8"><title>{escape(title)}</title>',
            f"</head><body><h1>{escape(title)}</h1><dl>",
            *_facts(report),
            "</dl>",
            *_content(report, 2),
            "</body></html>",
        )
    )


def _facts(report: Dataset) -> Iterator[str]:
    for label, keyword in _PATIENT:
        value = str(report.get(keyword) or "")
        if value:
            yield f"<dt>{label}</dt><dd>{escape(_readable(value))}</dd>"


def _content(item: Dataset, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    for child in item.get("ContentSequence") or ():
        name = _meaning(child.get("ConceptNameCodeSequence"))
        if child.get("ValueType") == "CONTAINER":
            level = min(depth, 6)
            yield f"<section><h{level}>{escape(name)}</h{level}>" if name else "<section>"
            yield from _content(child, depth + 1)
            yield "</section>"
            continue
        label = f"<strong>{escape(name)}</strong>: " if name else ""
        text = escape(_value(child)).replace("\n", "<br>")
        yield f"<div><p>{label}{text}</p>"
        yield from _content(child, depth + 1)
        yield "</div>"


def _value(item: Dataset) -> str:
    kind = str(item.get("ValueType") or "")
    if kind == "CODE":
        return _meaning(item.get("ConceptCodeSequence"))
    if kind == "NUM":
        return _measured(item)
    if kind in _VALUES:
        text = str(item.get(_VALUES[kind]) or "").replace("\r\n", "\n").replace("\r", "\n")
        return _readable(text) if kind == "PNAME" else text
    references = item.get("ReferencedSOPSequence") or ()
    return f"{kind.lower()} " + ", ".join(
        str(one.get("ReferencedSOPInstanceUID") or "") for one in references
    )


def _measured(item: Dataset) -> str:
    for measured in item.get("MeasuredValueSequence") or ():
        unit = measured.get("MeasurementUnitsCodeSequence")
        symbol = str(unit[0].get("CodeValue") or "") if unit else ""
        return f"{measured.get('NumericValue') or ''} {'' if symbol == '1' else symbol}".strip()
    return _meaning(item.get("NumericValueQualifierCodeSequence"))


def _meaning(codes: Any) -> str:
    return str(codes[0].get("CodeMeaning") or codes[0].get("CodeValue") or "") if codes else ""


def _readable(text: str) -> str:
    return " ".join(text.partition("=")[0].replace("^", " ").split())
