"""What a C-FIND identifier asks, by its model and what was agreed on (PS3.4 C.4.1, C.5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timezone
from typing import Final

from pydicom import Dataset
from pydicom.dataelem import DataElement
from pynetdicom.sop_class import (
    PatientRootQueryRetrieveInformationModelFind,
    PatientStudyOnlyQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind,
)

from archive.dicom.matching import AnyOf, Single
from archive.dimse.find_negotiation import Agreed
from archive.index.keys import (
    MATCHING_KEYS,
    PATIENT_ID,
    SERIES_INSTANCE_UID,
    SOP_INSTANCE_UID,
    STUDY_INSTANCE_UID,
    Level,
    Match,
    Path,
    match_of,
)
from archive.index.zones import TIMEZONE_OFFSET, offset_of
from pacs_hub.kernel.errors import Malformed

LEVELS: Final = {
    "PATIENT": Level.PATIENT,
    "STUDY": Level.STUDY,
    "SERIES": Level.SERIES,
    "IMAGE": Level.INSTANCE,
}
_NAMES: Final = tuple(LEVELS)
MODELS: Final = {
    str(PatientRootQueryRetrieveInformationModelFind): _NAMES,
    str(StudyRootQueryRetrieveInformationModelFind): _NAMES[1:],
    str(PatientStudyOnlyQueryRetrieveInformationModelFind): _NAMES[:2],
}
"""The levels of each information model, from the top down."""

_UNIQUE: Final = {
    "PATIENT": PATIENT_ID,
    "STUDY": STUDY_INSTANCE_UID,
    "SERIES": SERIES_INSTANCE_UID,
    "IMAGE": SOP_INSTANCE_UID,
}


class BadLevel(Malformed):
    """The query names no level of its model, or not what lies above it."""

    code = "bad-level"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A query as it was understood; `unmatched` are keys with a value that we do not match on."""

    level: str
    matches: dict[Path, Match]
    zone: timezone | None
    unmatched: frozenset[int]


def is_find(uid: str) -> bool:
    """Say whether `uid` is a query information model we answer (PS3.4 C.6)."""
    return uid in MODELS


def read_question(
    identifier: Dataset, *, model: str, options: Agreed, is_lenient: bool = False
) -> Question:
    """Return the level and the keys to match on.

    By leave of a lenient peer's configuration any model has every level, and no key is needed.

    Raises:
        BadLevel: the model has no such level, or a unique key above it is not a single value.
        BadKey: a key is no value of its attribute.
    """
    level = str(identifier.get("QueryRetrieveLevel") or "").strip()
    levels = _NAMES if is_lenient else MODELS[model]
    if level not in levels:
        raise BadLevel("the query has no level of its model", field="QueryRetrieveLevel")
    matches: dict[Path, Match] = {}
    unmatched: set[int] = set()
    for path, element in _elements(identifier):
        text = _text(element)
        key = MATCHING_KEYS.get(path)
        if key is not None:
            matches[path] = match_of(key.vr, text, empty=options.empty, several=options.several)
        elif text.strip("* ") and path != (TIMEZONE_OFFSET,):
            unmatched.add(path[0])
    if not (options.relational or is_lenient):
        for above in levels[: levels.index(level)]:
            _check_above(matches, _UNIQUE[above])
    zone = None
    offset = str(identifier.get("TimezoneOffsetFromUTC") or "")
    if options.zones and offset:
        zone = offset_of(offset)
    return Question(level=level, matches=matches, zone=zone, unmatched=frozenset(unmatched))


def _check_above(matches: dict[Path, Match], tag: int) -> None:
    match = matches.get((tag,))
    is_one = isinstance(match, Single) or (isinstance(match, AnyOf) and len(match.values) == 1)
    if not is_one:
        keyword = MATCHING_KEYS[tag,].keyword
        raise BadLevel(f"at this level one value of {keyword} is needed", field=keyword)


_NOT_KEYS: Final = frozenset({"QueryRetrieveLevel", "SpecificCharacterSet", "RetrieveAETitle"})


def _elements(identifier: Dataset, within: Path = ()) -> Iterator[tuple[Path, DataElement]]:
    """Yield the keys that have a value, those in the first item of a sequence by their path."""
    for element in identifier:
        path = (*within, int(element.tag))
        if element.VR == "SQ":
            for item in list(element.value or ())[:1]:
                yield from _elements(item, path)
        elif not element.is_empty and element.keyword not in _NOT_KEYS:
            yield path, element


def _text(element: DataElement) -> str:
    if element.VM > 1:
        return "\\".join(str(part) for part in element.value)
    return str(element.value)
