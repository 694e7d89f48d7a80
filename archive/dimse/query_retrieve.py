"""What C-MOVE and C-GET understand of an identifier (PS3.4 C.4.2.1.4, C.4.3.1.3, C.6)."""

from __future__ import annotations

from typing import Final

from pydicom import Dataset
from pydicom.multival import MultiValue
from pynetdicom.sop_class import (
    PatientRootQueryRetrieveInformationModelGet,
    PatientRootQueryRetrieveInformationModelMove,
    PatientStudyOnlyQueryRetrieveInformationModelGet,
    PatientStudyOnlyQueryRetrieveInformationModelMove,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)

from archive.dicom import encoding
from archive.retrieve.selection import Selection
from archive.storage.layout import checked_uid
from archive.upper_layer.messages import Request
from pacs_hub.kernel.errors import Malformed

_PATIENT_ROOT: Final = ("PATIENT", "STUDY", "SERIES", "IMAGE")
MOVES: Final = {
    str(PatientRootQueryRetrieveInformationModelMove): _PATIENT_ROOT,
    str(StudyRootQueryRetrieveInformationModelMove): _PATIENT_ROOT[1:],
    str(PatientStudyOnlyQueryRetrieveInformationModelMove): _PATIENT_ROOT[:2],
}
GETS: Final = {
    str(PatientRootQueryRetrieveInformationModelGet): _PATIENT_ROOT,
    str(StudyRootQueryRetrieveInformationModelGet): _PATIENT_ROOT[1:],
    str(PatientStudyOnlyQueryRetrieveInformationModelGet): _PATIENT_ROOT[:2],
}
"""The levels of each information model, from the top down."""

_LEVELS: Final = {**MOVES, **GETS}
_UNIQUE: Final = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}


class BadIdentifier(Malformed):
    """The identifier names no level of the model, or not the unique keys it has to."""

    code = "bad-identifier"


def is_move(uid: str) -> bool:
    """Say whether `uid` is an information model of C-MOVE."""
    return uid in MOVES


def is_get(uid: str) -> bool:
    """Say whether `uid` is an information model of C-GET."""
    return uid in GETS


def agreed(asked: bytes) -> bytes:
    """Answer extended negotiation: relational retrieval, and nothing else (PS3.4 C.5.2.1.1)."""
    return b"\1" if asked[:1] == b"\1" else b"\0"


def read_selection(request: Request, *, is_lenient: bool = False) -> Selection:
    """Return what the request asks for.

    A hierarchical request names one value of each unique key above its level; one made after
    relational retrieval was agreed does not have to, nor does that of a peer who is let off
    (`lenient_hierarchy`), which may also ask Study Root for a patient (Orthanc 1.10 does).

    Raises:
        BadIdentifier: level or keys are not those of the model.
        BadUid: a key is not a UID.
        NotADataSet: the identifier cannot be read.
    """
    identifier = encoding.decode(request.data_set(), transfer_syntax=request.transfer_syntax)
    levels = _PATIENT_ROOT if is_lenient else _LEVELS[request.abstract_syntax]
    level = str(identifier.get("QueryRetrieveLevel") or "").strip()
    if level not in levels:
        raise BadIdentifier("the model has no such level", field="QueryRetrieveLevel")
    is_relational = is_lenient or agreed(request.extended) == b"\1"
    keys: dict[str, tuple[str, ...]] = {}
    for above in levels[: levels.index(level)]:
        keys[above] = _values(identifier, _UNIQUE[above])
        if len(keys[above]) > 1 or not (keys[above] or is_relational):
            raise BadIdentifier("one value is needed at this level", field=_UNIQUE[above])
    keys[level] = _values(identifier, _UNIQUE[level])
    if not keys[level] or (level == "PATIENT" and len(keys[level]) > 1):
        raise BadIdentifier("this level is selected by its unique key", field=_UNIQUE[level])
    return Selection(
        patient_id="".join(keys.get("PATIENT", ())),
        studies=keys.get("STUDY", ()),
        series=keys.get("SERIES", ()),
        instances=keys.get("IMAGE", ()),
    )


def _values(identifier: Dataset, keyword: str) -> tuple[str, ...]:
    found = identifier.get(keyword)
    several = found if isinstance(found, MultiValue | list) else [found or ""]
    values = [str(one).strip(" \0") for one in several]
    values = [value for value in dict.fromkeys(values) if value]
    if keyword == "PatientID":
        return tuple(values)
    return tuple(checked_uid(value, field=keyword) for value in values)
