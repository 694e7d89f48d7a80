"""FHIR search: the query string read into criteria (R4 3.1.1); pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pacs_hub.kernel.errors import Malformed

DEFAULT_COUNT: Final = 50
MAX_COUNT: Final = 500
MOST_CRITERIA: Final = 30
MOST_VALUES: Final = 200
_YEARS: Final = range(1000, 9999)  # what date arithmetic in any zone can hold
# Parameters that shape the answer and select nothing.
_RESULT_PARAMETERS: Final = frozenset(
    {"_count", "_cursor", "_format", "_include", "_pretty", "_summary", "_total"}
)
_PREFIXES: Final = frozenset({"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"})
_DATE: Final = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?"
)


class BadSearch(Malformed):
    """A search parameter, its modifier or its value makes no sense."""

    code = "bad-search"


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One parameter: any of its values may match. `chain` is what follows a dot."""

    name: str
    values: tuple[str, ...]
    modifier: str = ""
    chain: str = ""

    @property
    def key(self) -> str:
        """Return the parameter as it is declared, such as `patient.identifier`."""
        return f"{self.name}.{self.chain}" if self.chain else self.name


@dataclass(frozen=True, kw_only=True)
class Token:
    """A code or identifier; system None: any, "": none."""

    value: str
    system: str | None = None


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A date search: the comparison, and the period its value means, end excluded."""

    prefix: str
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A search as it was understood; `ignored` are the parameters nobody here knows."""

    criteria: tuple[Criterion, ...]
    count: int
    cursor: int | None
    includes: tuple[str, ...]
    total: bool
    only_count: bool
    ignored: tuple[str, ...] = field(default=())


def asked(
    query: Mapping[str, list[str]], *, known: Iterable[str], includes: Iterable[str]
) -> Asked:
    """Read a query string.

    Raises:
        BadSearch: a value or a modifier makes no sense.
    """
    declared, includable = set(known), set(includes)
    criteria: list[Criterion] = []
    ignored: list[str] = []
    for name, texts in query.items():
        if name in _RESULT_PARAMETERS or name.partition(":")[0] in _RESULT_PARAMETERS:
            continue
        found = [_sound(criterion(name, text)) for text in texts if text]
        if any(each.key not in declared for each in found):
            ignored.append(name)
        else:
            criteria += found
    if len(criteria) > MOST_CRITERIA:
        raise BadSearch(f"at most {MOST_CRITERIA} parameters are searched by at once")
    wanted = [text for name in ("_include", "_include:iterate") for text in query.get(name, [])]
    ignored += [f"_include={text}" for text in wanted if _include(text) not in includable]
    summary = (query.get("_summary") or [""])[-1]
    count = _count(query)
    return Asked(
        criteria=tuple(criteria),
        count=min(count, MAX_COUNT),
        cursor=_cursor(query),
        includes=tuple(_include(text) for text in wanted if _include(text) in includable),
        total=(query.get("_total") or [""])[-1] != "none",
        only_count=summary == "count" or count == 0,
        ignored=tuple(ignored),
    )


def criterion(name: str, text: str) -> Criterion:
    """Read one parameter: `subject:Patient.identifier`, `name:contains`, `status`."""
    head, _, chain = name.partition(".")
    base, _, modifier = head.partition(":")
    if chain:
        modifier = ""  # the type of a chained reference; ours have one type each
    values = re.split(r"(?<!\\),", text)
    plain = (re.sub(r"\\([,$|\\])", r"\1", value).strip() for value in values)
    return Criterion(
        name=base, chain=chain, modifier=modifier, values=tuple(value for value in plain if value)
    )


def _sound(found: Criterion) -> Criterion:
    """Return it, unless it is more, or other, than a person or a program would ask for."""
    if len(found.values) > MOST_VALUES:
        raise BadSearch(f"at most {MOST_VALUES} values for one parameter", field=found.name)
    if any("\0" in value for value in found.values):
        raise BadSearch("a value has a NUL in it", field=found.name)
    return found


def no_modifier(found: Criterion, *allowed: str) -> str:
    """Return the modifier.

    Raises:
        BadSearch: it is none of `allowed` (R4 3.1.1.5.5: never pass over a modifier).
    """
    if found.modifier and found.modifier not in allowed:
        raise BadSearch(f"the modifier :{found.modifier} is not supported", field=found.name)
    return found.modifier


def tokens(found: Criterion) -> list[Token]:
    """Read `system|code`, `|code` and `code`.

    Raises:
        BadSearch: there is a modifier.
    """
    no_modifier(found)
    out = []
    for text in found.values:
        system, bar, value = text.rpartition("|")
        out.append(Token(value=value, system=system if bar else None))
    return out


def keys(found: Criterion, kind: str) -> list[int]:
    """Read references to `kind`: `Patient/12`, `12`, or an absolute URL; others select nothing.

    Raises:
        BadSearch: there is a modifier other than the type.
    """
    no_modifier(found, kind)
    out = []
    for text in found.values:
        parts = urlsplit(text).path.strip("/").split("/")
        if parts[-1].isdecimal() and len(parts[-1]) < 18 and (len(parts) == 1 or parts[-2] == kind):
            out.append(int(parts[-1]))
    return out


def moments(found: Criterion, zone: ZoneInfo) -> list[Moment]:
    """Read dates with their prefixes; a short date means all of its period (R4 3.1.1.4.7).

    Raises:
        BadSearch: one of them is not a date.
    """
    no_modifier(found)
    out = []
    for text in found.values:
        prefix = text[:2] if text[:2] in _PREFIXES else "eq"
        match = _DATE.fullmatch(text.removeprefix(prefix) if text[:2] in _PREFIXES else text)
        if match is None:
            raise BadSearch(f"{found.name} is not a date", field=found.name)
        try:
            start, end = _period(match, zone)
        except (ValueError, OverflowError, calendar.IllegalMonthError) as error:
            raise BadSearch(f"{found.name} is not a date", field=found.name) from error
        out.append(Moment(prefix=prefix, start=start, end=end))
    return out


def _period(match: re.Match[str], zone: ZoneInfo) -> tuple[datetime, datetime]:
    year, month, day, hour, minute, second, offset = match.groups()
    if int(year) not in _YEARS:
        raise ValueError(year)
    if hour is None:
        first = date(int(year), int(month or 1), int(day or 1))
        if day:
            last = first
        elif month:
            last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        else:
            last = first.replace(month=12, day=31)
        start = datetime.combine(first, time.min, zone)
        return start, datetime.combine(last + timedelta(days=1), time.min, zone)
    text = f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{offset or ''}"
    start = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if start.tzinfo is None:
        start = start.replace(tzinfo=zone)
    return start, start + (timedelta(seconds=1) if second else timedelta(minutes=1))


def _include(text: str) -> str:
    """Return an _include value without the target type that may follow it."""
    return ":".join(text.split(":")[:2])


def _count(query: Mapping[str, list[str]]) -> int:
    text = (query.get("_count") or [str(DEFAULT_COUNT)])[-1]
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadSearch("_count is not a whole number", field="_count")
    return int(text)


def _cursor(query: Mapping[str, list[str]]) -> int | None:
    text = (query.get("_cursor") or [""])[-1]
    if text and not re.fullmatch(r"[0-9]{1,18}", text):
        raise BadSearch("_cursor is not one of ours", field="_cursor")
    return int(text) if text else None
