"""A data set without whom it is of: PS3.15 Annex E, Basic Application Level Confidentiality
Profile, with options; pure.

The data set is walked element by element; what stays is pointed at and copied when it is sent,
so pixel data is never held. Private elements, and public ones that PS3.6 of our dictionary does
not know, are left out.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Final

from pydicom.datadict import keyword_for_tag, repeater_has_tag

from archive.dicom import deidentification_table as table
from archive.dicom.elements import Element, Encoding, Item, items, value_of, vr_of, walk
from archive.dicom.recoding import (
    Recoder,
    Surroundings,
    sequence,
    short_element,
    surroundings_after,
)
from archive.dicom.rewriting import DataSet
from archive.dicom.segments import Piece, Segment, joined

MODIFIED_DATES, CHARACTERISTICS, DEVICE = (
    "modified-dates",
    "patient-characteristics",
    "device-identity",
)
METHOD: Final = "PS3.15 E basic profile"
SOP_INSTANCE_UID: Final = 0x00080018
BURNED_IN_ANNOTATION: Final = 0x00280301
_PATIENT_NAME, _PATIENT_ID, _ISSUER = 0x00100010, 0x00100020, 0x00100021
_REMOVED, _METHOD, _METHOD_CODES, _TEMPORAL = 0x00120062, 0x00120063, 0x00120064, 0x00280303
_LENGTH_TO_END: Final = 0x00080001
_CODES: Final = {
    MODIFIED_DATES: (
        "113107",
        "Retain Longitudinal Temporal Information Modified Dates Option",
    ),
    CHARACTERISTICS: ("113108", "Retain Patient Characteristics Option"),
    DEVICE: ("113109", "Retain Device Identity Option"),
}
# UIDs that name kinds and schemes, never a person, a study or a thing in it.
_SCHEMES: Final = frozenset(("CodingSchemeUID", "ContextUID", "MappingResourceUID"))
_STANDARD: Final = "1.2.840.10008."
_LEAST_DAYS, _MOST_DAYS = 30, 1_825
_DUMMIES: Final = {
    "AE": b"ANONYMOUS",
    "AS": b"000Y",
    "CS": b"ANONYMOUS",
    "DA": b"19000101",
    "DS": b"0",
    "DT": b"19000101000000",
    "IS": b"0",
    "LO": b"ANONYMOUS",
    "LT": b"ANONYMOUS",
    "OB": b"\0\0",
    "PN": b"ANONYMOUS",
    "SH": b"ANONYMOUS",
    "ST": b"ANONYMOUS",
    "TM": b"000000",
    "UC": b"ANONYMOUS",
    "US": b"\0\0",
    "UT": b"ANONYMOUS",
}


class Action(Enum):
    """What becomes of an element (PS3.15 E.3)."""

    KEEP = "K"
    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    UID = "U"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The basic profile with what `retain` names; the same key gives the same pseudonyms."""

    key: bytes
    retain: frozenset[str] = frozenset()

    def uid(self, uid: str) -> str:
        """Return the UID that stands for another one, always the same; standard ones stay."""
        if not uid or uid.startswith(_STANDARD):
            return uid
        return f"2.25.{int.from_bytes(self._digest('uid', uid)[:16], 'big')}"

    def pseudonym(self, patient: str) -> str:
        """Return the name of a patient who is to be told apart but not known."""
        return "P" + self._digest("patient", patient).hex()[:15].upper()

    def shift(self, patient: str) -> timedelta:
        """Return how far into the past the dates of a patient go, all of them as far."""
        number = int.from_bytes(self._digest("dates", patient)[:4], "big")
        return timedelta(days=-(_LEAST_DAYS + number % (_MOST_DAYS - _LEAST_DAYS)))

    def seal(self, uid: str) -> str:
        """Return what only we can have written into an object we made anonymous."""
        return f"{METHOD} {self._digest('done', uid).hex()[:16]}"

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.new(self.key, f"{kind}:{text}".encode(), hashlib.sha256).digest()


def deidentified(source: DataSet, profile: Profile) -> list[Segment]:
    """Return the data set without what identifies, in its own encoding.

    Raises:
        BrokenElements: the elements do not add up.
    """
    return joined(_Work(source=source, profile=profile).data_set())


def action_of(tag: int, vr: str, retain: frozenset[str]) -> Action:
    """Return what the profile does to an attribute, `retain` taken into account."""
    keyword = keyword_for_tag(tag)
    vr = vr_of(tag) if vr == "UN" else vr
    if tag >> 16 & 1 or tag & 0xFFFF == 0 or tag == _LENGTH_TO_END or not keyword:
        return Action.REMOVE
    if repeater_has_tag(tag) and tag >> 24 in {0x50, 0x60}:
        return Action.REMOVE  # curves, and overlays as a whole: without their bits they are nothing
    if _is_retained(keyword, vr, retain):
        return Action.KEEP
    for keywords, action in (
        (table.REMOVED | table.MORE_REMOVED, Action.REMOVE),
        (table.EMPTY, Action.EMPTY),
        (table.DUMMY | table.MORE_DUMMY, Action.DUMMY),
        (table.UIDS, Action.UID),
    ):
        if keyword in keywords:
            return action
    if vr in {"PN", "DA", "DT", "TM"}:  # newer than the table, or not thought of
        return Action.EMPTY
    return Action.UID if vr == "UI" and not _is_kind(keyword) else Action.KEEP


def _is_kind(keyword: str) -> bool:
    return "SOPClass" in keyword or "TransferSyntax" in keyword or keyword in _SCHEMES


def _is_retained(keyword: str, vr: str, retain: frozenset[str]) -> bool:
    if CHARACTERISTICS in retain and keyword in table.PATIENT_CHARACTERISTICS:
        return True
    if DEVICE in retain and keyword in table.DEVICE_IDENTITY:
        return True
    is_moment = vr in {"DA", "DT", "TM"} and keyword not in table.NEVER_RETAINED
    return MODIFIED_DATES in retain and (is_moment or keyword == "TimezoneOffsetFromUTC")


@dataclass(frozen=True, kw_only=True)
class _Work:
    """One data set under way."""

    source: DataSet
    profile: Profile

    def data_set(self) -> list[Segment]:
        source, out = self.source, list[Segment]()
        added = self._added()
        elements = walk(source.file, source.start, source.stop, source.encoding)
        around = Surroundings()
        for element in elements:
            while added and added[0][0] <= element.tag:
                out += added.pop(0)[1]
            around = surroundings_after(source.file, element, around)
            if element.tag not in {_REMOVED, _METHOD, _METHOD_CODES, _TEMPORAL}:
                out += self._element(element, around, 0)
        for _, segments in added:
            out += segments
        return out

    def _element(self, element: Element, around: Surroundings, depth: int) -> list[Segment]:
        action = action_of(element.tag, element.vr, self.profile.retain)
        if action is Action.REMOVE or self._is_hidden_sequence(element):
            return []
        if element.is_sequence:
            return self._sequence(element, action, around, depth)
        if element.tag in {_PATIENT_NAME, _PATIENT_ID} and depth == 0:
            return [self._short(element, self._pseudonym.encode())]
        if action is Action.EMPTY:
            return [self._short(element, b"")]
        if action is Action.DUMMY:
            return [self._dummy(element)]
        if action is Action.UID:
            return [self._short(element, self._uids(element))]
        if MODIFIED_DATES in self.profile.retain and element.vr in {"DA", "DT"}:
            return [self._short(element, self._shifted(element))]
        return self._kept(element, around, depth)

    def _is_hidden_sequence(self, element: Element) -> bool:
        """Say whether items stand in a value that says it is of unknown VR (PS3.5 6.2.2)."""
        return element.vr == "UN" and not element.is_sequence and vr_of(element.tag) == "SQ"

    def _sequence(
        self, element: Element, action: Action, around: Surroundings, depth: int
    ) -> list[Segment]:
        if action is Action.EMPTY:
            return sequence(element.tag, [], self.source.encoding)
        bodies = [
            self._item(element, item, around, depth)
            for item in items(self.source.file, element, depth)
        ]
        return sequence(element.tag, bodies, self.source.encoding)

    def _item(
        self, element: Element, item: Item, around: Surroundings, depth: int
    ) -> list[Segment]:
        out: list[Segment] = []
        file = self.source.file
        for inner in walk(file, item.body, item.stop, element.encoding, depth + 1):
            around = surroundings_after(file, inner, around)
            out += self._element(inner, around, depth + 1)
        return out

    def _kept(self, element: Element, around: Surroundings, depth: int) -> list[Segment]:
        source = self.source
        if element.encoding == source.encoding or element.vr == "UN":
            return [Piece(source.file, element.start, element.end - element.start)]
        return Recoder(source.file, source.encoding).element(element, around, depth)

    def _short(self, element: Element, value: bytes) -> bytes:
        vr = element.vr if len(element.vr) == 2 else "UN"
        if len(value) > 0xFFFE and not self.source.encoding.implicit:
            vr = "UN"
        return short_element(element.tag, vr, value, self.source.encoding)

    def _dummy(self, element: Element) -> bytes:
        if element.vr == "UI":
            return self._short(element, self._uids(element))
        return self._short(element, _DUMMIES.get(element.vr, b"") if element.length else b"")

    def _uids(self, element: Element) -> bytes:
        text = value_of(self.source.file, element).decode("ascii", "replace")
        parts = (part.strip(" \0") for part in text.split("\\"))
        return "\\".join(self.profile.uid(part) for part in parts).encode()

    def _shifted(self, element: Element) -> bytes:
        text = value_of(self.source.file, element).decode("ascii", "replace")
        days = self.profile.shift(self._patient)
        return "\\".join(_moved(part.strip(" \0"), days) for part in text.split("\\")).encode()

    @property
    def _patient(self) -> str:
        """Return who it is, as far as the header says: pseudonym and dates hang on it."""
        parts = (self.source.value(tag).strip(b" \0") for tag in (_ISSUER, _PATIENT_ID))
        whole = b"|".join(parts)
        if whole == b"|":
            whole += self.source.value(_PATIENT_NAME).strip(b" \0")
        return whole.decode("latin-1")

    @property
    def _pseudonym(self) -> str:
        return self.profile.pseudonym(self._patient)

    def _added(self) -> list[tuple[int, Sequence[Segment]]]:
        """Return what tells that it was done (PS3.3 C.7.1.1, C.7.6.1.1.6), by tag."""
        encoding, retain = self.source.encoding, self.profile.retain
        codes = [("113100", "Basic Application Confidentiality Profile")]
        codes += [_CODES[option] for option in sorted(retain)]
        uid = self.profile.uid(_text(self.source.value(SOP_INSTANCE_UID)))
        method = "\\".join(
            [self.profile.seal(uid), *(f"retain {option}" for option in sorted(retain))]
        )
        dates = b"MODIFIED" if MODIFIED_DATES in retain else b"REMOVED"
        bodies = [list(_code(encoding, value, meaning)) for value, meaning in codes]
        return [
            (_REMOVED, [short_element(_REMOVED, "CS", b"YES", encoding)]),
            (_METHOD, [short_element(_METHOD, "LO", method.encode(), encoding)]),
            (_METHOD_CODES, sequence(_METHOD_CODES, bodies, encoding)),
            (_TEMPORAL, [short_element(_TEMPORAL, "CS", dates, encoding)]),
        ]


def is_sealed(source: DataSet, profile: Profile) -> bool:
    """Say whether this hub made the object anonymous before: it goes on as it is.

    Were it made anonymous again, hubs in a ring would make new objects of it without end.
    """
    said = _text(source.value(_METHOD)).split("\\")[0]
    return said == profile.seal(_text(source.value(SOP_INSTANCE_UID)))


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace").strip(" \0")


def _code(encoding: Encoding, value: str, meaning: str) -> Iterator[bytes]:
    yield short_element(0x00080100, "SH", value.encode(), encoding)
    yield short_element(0x00080102, "SH", b"DCM", encoding)
    yield short_element(0x00080104, "LO", meaning.encode(), encoding)


def _moved(text: str, days: timedelta) -> str:
    """Return a DA or DT so many days away; nothing where it names no day."""
    digits = text.replace(".", "") if len(text) == 10 and text[4:5] == "." else text
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) + days
    except (ValueError, OverflowError):
        return ""
    return f"{day:%Y%m%d}" + digits[8:]
