"""QPD to who is looked for: QBP^Q22 and QBP^ZV1 (PDQ, ITI-21, ITI-22), QBP^Q23 (PIX, ITI-9)."""

from __future__ import annotations

import calendar
import dataclasses
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from archive.patients.rules import PersonKeys
from integrations.hl7.maps import tables
from integrations.hl7.maps.rows import FieldMissing, require
from integrations.hl7.message import Segment, SegmentList
from pacs_hub.kernel.errors import Malformed

MOST: Final = 50
"""People told in one answer; RCP-2 may ask for fewer, the rest comes with a continuation."""
_DAY: Final = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)\d*)?)?")


class NotAParameter(Malformed):
    """QPD-3 asks for something people are not found by here: to leave it out would be a lie."""

    code = "not-in-table"


class TooBroad(Malformed):
    """Nothing narrows the search: it would go through everybody."""

    code = "too-broad"


@dataclasses.dataclass(frozen=True, kw_only=True)
class PersonQuery:
    """A PDQ, read."""

    keys: PersonKeys
    tag: str
    limit: int
    after: int
    visit_number: str = ""
    visit_authority: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class CrossReference:
    """A PIX query, read: whose other identifiers, of which authorities."""

    identifier: str
    issuer: str
    tag: str
    wanted: tuple[str, ...]


def _day(value: str) -> dict[str, Any]:
    found = _DAY.fullmatch(value)
    if found is None:
        raise Malformed("@PID.7 is not a date", code="bad-time", field="QPD-3")
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    except (ValueError, calendar.IllegalMonthError) as error:
        raise Malformed("@PID.7 is not a date", code="bad-time", field="QPD-3") from error
    return {"born_from": first, "born_to": last}


def _name(part: str) -> Callable[[str], dict[str, Any]]:
    return lambda value: {part: value.rstrip("*"), "open_ended": value.endswith("*")}


def _as(part: str) -> Callable[[str], dict[str, Any]]:
    return lambda value: {part: value}


PARAMETERS: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "@PID.3": _as("identifier"),
    "@PID.3.1": _as("identifier"),
    "@PID.3.4": _as("issuer"),
    "@PID.3.4.1": _as("issuer"),
    "@PID.3.4.2": _as("issuer"),
    "@PID.3.4.3": lambda _: {},
    "@PID.5": _name("family"),
    "@PID.5.1": _name("family"),
    "@PID.5.1.1": _name("family"),
    "@PID.5.2": _name("given"),
    "@PID.7": _day,
    "@PID.7.1": _day,
    "@PID.8": lambda value: {"sex": tables.SEX.get(value.upper(), "")},
    "@PID.18": _as("account_number"),
    "@PID.18.1": _as("account_number"),
}
"""QPD-3.1 to what it means for the search."""

VISIT_PARAMETERS: Final[dict[str, str]] = {
    "@PV1.19": "visit_number",
    "@PV1.19.1": "visit_number",
    "@PV1.19.4": "visit_authority",
    "@PV1.19.4.1": "visit_authority",
}
"""What may be asked of a visit, in the variant for visits."""


def person_query(
    message: SegmentList, *, wildcards: bool, with_visits: bool = False
) -> PersonQuery:
    """Read a PDQ; `*` at the end of a name counts where the link allows it.

    Raises:
        SegmentMissing, FieldMissing: there is no QPD, or it asks nothing.
        NotAParameter: it asks by something we do not keep.
        TooBroad: nothing in it narrows the search.
    """
    require(message, "QPD")
    said: dict[str, Any] = {}
    visit: dict[str, str] = {}
    for path, value in _demands(message.all("QPD")[0]):
        if with_visits and path in VISIT_PARAMETERS:
            visit[VISIT_PARAMETERS[path]] = value
            continue
        read = PARAMETERS.get(path)
        if read is None:
            raise NotAParameter(f"people are not found by {path} here", field="QPD-3")
        news = read(value)
        news["open_ended"] = wildcards and (
            said.get("open_ended", False) or news.get("open_ended", False)
        )
        said |= news
    if not said and not visit:
        raise FieldMissing("QPD-3 is empty", field="QPD-3")
    keys = PersonKeys(**said, issuers=domains(message, 8))
    if not keys.is_narrow and "visit_number" not in visit:
        raise TooBroad("QPD-3 needs an ID, family name, birth date or account", field="QPD-3")
    return PersonQuery(
        keys=keys,
        tag=message.get("QPD-2"),
        limit=_number(message.get("RCP-2"), most=MOST),
        after=_number(message.get("DSC-1").rpartition("-")[2], most=0),
        **visit,
    )


def cross_reference(message: SegmentList) -> CrossReference:
    """Read a PIX query.

    Raises:
        SegmentMissing, FieldMissing: there is no QPD, or it names no identifier.
    """
    require(message, "QPD")
    identifier = message.get("QPD-3.1")
    if not identifier:
        raise FieldMissing("QPD-3 is empty", field="QPD-3.1")
    return CrossReference(
        identifier=identifier,
        issuer=_authority(message.all("QPD")[0].components(3)),
        tag=message.get("QPD-2"),
        wanted=domains(message, 4),
    )


def domains(message: SegmentList, field: int) -> tuple[str, ...]:
    """Return the authorities a field of QPD names, in its order."""
    qpd = message.all("QPD")[0]
    numbers = range(1, len(qpd.repetitions(field)) + 1)
    return tuple(_authority(qpd.components(field, number)) for number in numbers)


def _demands(qpd: Segment) -> list[tuple[str, str]]:
    """Return the parameters: `@PID.5.1.1^DOE`, repeated; empty ones ask nothing."""
    found = []
    for number in range(1, len(qpd.repetitions(3)) + 1):
        parts = [sub[0].strip() for sub in qpd.components(3, number)]
        if len(parts) > 1 and parts[1]:
            found.append((parts[0].upper(), parts[1]))
    return found


def _authority(components: Sequence[Sequence[str]]) -> str:
    """Return the first name of the assigning authority of a CX: namespace, else universal ID."""
    authority = components[3] if len(components) > 3 else ()
    return next((part.strip() for part in authority if part.strip()), "")


def _number(text: str, *, most: int) -> int:
    """Return a number of 0 or more, `most` where none is said or it asks for more than that."""
    number = int(text) if text.isdecimal() and len(text) < 12 else 0
    if not most:
        return number
    return min(number, most) or most
