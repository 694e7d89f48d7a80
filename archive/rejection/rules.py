"""What a rejection note says and does (IHE RAD TF-3 4.66.4.1.3; PS3.16 CID 7011); pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pydicom import Dataset

from pacs_hub.kernel.errors import Malformed

SCHEME: Final = "DCM"


class NoSuchReason(Malformed):
    """The code is not one an object can be rejected for."""

    code = "no-such-rejection-code"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why objects are out of use, and what follows from it."""

    code: str
    meaning: str
    hides_note: bool
    may_be_deleted: bool


# The strongest first: where several notes name one object, the first of these counts.
REASONS: Final = {
    reason.code: reason
    for reason in (
        Reason(
            code="113037",
            meaning="Rejected for Patient Safety Reasons",
            hides_note=False,
            may_be_deleted=False,
        ),
        Reason(
            code="113038",
            meaning="Incorrect Modality Worklist Entry",
            hides_note=True,
            may_be_deleted=False,
        ),
        Reason(
            code="113001",
            meaning="Rejected for Quality Reasons",
            hides_note=True,
            may_be_deleted=False,
        ),
        Reason(
            code="113039",
            meaning="Data Retention Policy Expired",
            hides_note=True,
            may_be_deleted=True,
        ),
    )
}
DELETABLE: Final = tuple(code for code, reason in REASONS.items() if reason.may_be_deleted)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One object a note names."""

    study_instance_uid: str
    series_instance_uid: str
    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """A rejection note: its reason, the words of whoever made it, and what it names."""

    reason: Reason
    text: str
    references: tuple[Reference, ...]


def reason_of(code: str) -> Reason:
    """Return the reason of that code.

    Raises:
        NoSuchReason: there is none.
    """
    if code not in REASONS:
        raise NoSuchReason(f"the codes of rejection are {', '.join(REASONS)}")
    return REASONS[code]


def strongest(codes: Iterable[str]) -> str:
    """Return the code that counts among those of several notes; "" where there is none."""
    among = set(codes)
    return next((code for code in REASONS if code in among), "")


def read_note(document: Dataset) -> Note | None:
    """Return what a Key Object Selection Document rejects; None where its title says otherwise.

    What counts is the content (PS3.16 TID 2010); the evidence says where it lies.
    """
    title = _first(document, "ConceptNameCodeSequence")
    code = str(title.get("CodeValue", "")) if title is not None else ""
    if title is None or title.get("CodingSchemeDesignator") != SCHEME or code not in REASONS:
        return None
    evidence = {ref.sop_instance_uid: ref for ref in _evidence(document)}
    named = dict.fromkeys(_content(document, evidence=evidence)) or dict.fromkeys(evidence.values())
    return Note(reason=REASONS[code], text=_text(document), references=tuple(named))


def _evidence(document: Dataset) -> Iterator[Reference]:
    for study in document.get("CurrentRequestedProcedureEvidenceSequence") or ():
        for series in study.get("ReferencedSeriesSequence") or ():
            for item in series.get("ReferencedSOPSequence") or ():
                yield Reference(
                    study_instance_uid=_uid(study, "StudyInstanceUID"),
                    series_instance_uid=_uid(series, "SeriesInstanceUID"),
                    sop_class_uid=_uid(item, "ReferencedSOPClassUID"),
                    sop_instance_uid=_uid(item, "ReferencedSOPInstanceUID"),
                )


def _content(document: Dataset, *, evidence: dict[str, Reference]) -> Iterator[Reference]:
    """Yield the objects of the content tree; without evidence they lie in the note's study."""
    for item in document.get("ContentSequence") or ():
        for named in item.get("ReferencedSOPSequence") or ():
            uid = _uid(named, "ReferencedSOPInstanceUID")
            yield evidence.get(uid) or Reference(
                study_instance_uid=_uid(document, "StudyInstanceUID"),
                series_instance_uid="",
                sop_class_uid=_uid(named, "ReferencedSOPClassUID"),
                sop_instance_uid=uid,
            )


def _text(document: Dataset) -> str:
    """Return the Key Object Description (113012, DCM)."""
    for item in document.get("ContentSequence") or ():
        name = _first(item, "ConceptNameCodeSequence")
        if name is not None and name.get("CodeValue") == "113012":
            return str(item.get("TextValue") or "").strip()
    return ""


def _first(item: Dataset, keyword: str) -> Dataset | None:
    return next(iter(item.get(keyword) or ()), None)


def _uid(item: Dataset, keyword: str) -> str:
    return str(item.get(keyword) or "").strip()[:64]
